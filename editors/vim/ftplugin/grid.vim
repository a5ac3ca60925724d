" How .grid files are written, and what checks and formats them without a language server.
if exists('b:did_ftplugin')
  finish
endif
let b:did_ftplugin = 1
setlocal commentstring=//\ %s comments=:// expandtab shiftwidth=4 softtabstop=4 autoindent
setlocal formatprg=gridc\ fmt\ - makeprg=gridc\ lint\ % errorformat=%f:%l:%c:\ %t%*[^:]:\ %m
let b:undo_ftplugin = 'setlocal commentstring< comments< expandtab< shiftwidth< softtabstop< autoindent< formatprg< makeprg< errorformat<'
