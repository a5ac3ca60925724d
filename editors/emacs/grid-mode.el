;;; grid-mode.el --- Major mode for .grid files  -*- lexical-binding: t; -*-

;; Package-Requires: ((emacs "26.1"))
;; Keywords: languages
;; URL: https://github.com/gridrpc/gridc

;;; Commentary:

;; Highlighting and comments; `gridc lsp' does the rest, with eglot or lsp-mode.

;;; Code:

(defvar grid-mode-syntax-table
  (let ((table (make-syntax-table)))
    (modify-syntax-entry ?/ ". 12" table)
    (modify-syntax-entry ?\n ">" table)
    (modify-syntax-entry ?_ "w" table)
    table)
  "Words, strings and comments of .grid files.")

(defconst grid-font-lock-keywords
  '(("@\\(?:check\\|deprecated\\|go\\|idempotent\\|json\\|keep\\|limit\\|pattern\\|priority\\|product\\|range\\|required\\|reuse\\|secret\\|sorted\\|timeout\\|tuple\\)\\>" . font-lock-preprocessor-face)
    ("@\\w+\\(?:\\.\\w+\\)?" . font-lock-preprocessor-face)
    ;; A keyword stands first on its line, and what follows tells it from a field of that name.
    ("^[ \t]*\\(package\\)[ \t]+\\([[:alnum:]_.]+\\)" (1 font-lock-keyword-face) (2 font-lock-type-face))
    ("^[ \t]*\\(import\\)[ \t]*\\(?:(\\|\"\\|\\w+[ \t]*\"\\)" 1 font-lock-keyword-face)
    ("^[ \t]*\\(enum\\|message\\|union\\|service\\)[ \t]+\\(\\w+\\)[^=\n]*{" (1 font-lock-keyword-face) (2 font-lock-type-face))
    ("^[ \t]*\\(error\\|extern\\)[ \t]+\\(\\w+\\)[ \t]*=[ \t]*\"" (1 font-lock-keyword-face) (2 font-lock-type-face))
    ("^[ \t]*\\(annotation\\)[ \t]+\\(\\w+\\)[ \t]*\\(?:(\\|on\\>\\)" (1 font-lock-keyword-face) (2 font-lock-type-face))
    ("\\<\\(on\\)[ \t]+\\(?:const\\|enum\\|value\\|message\\|field\\|union\\|variant\\|error\\|extern\\|service\\|rpc\\|stream\\|handler\\)\\>" 1 font-lock-keyword-face)
    ("^[ \t]*\\(const\\)[ \t]+\\(\\w+\\)[ \t]+[^= \t\n]" (1 font-lock-keyword-face) (2 font-lock-type-face))
    ("^[ \t]*\\(rpc\\|stream\\)[ \t]+\\(\\w+\\)[ \t]*(" (1 font-lock-keyword-face) (2 font-lock-function-name-face))
    ("^[ \t]*\\(subroute\\)[ \t]+\\(?:\"\\|\\w+[ \t]*\\(?://\\|$\\)\\)" 1 font-lock-keyword-face)
    ("^[ \t]*\\(reserved\\)[ \t]+[\"0-9-]" 1 font-lock-keyword-face)
    ("^[ \t]*\\(in\\|out\\)[ \t]*\\(?:([ \t]*[0-9]\\|[[:alnum:]_.]+[ \t]*\\(?://\\|$\\)\\)" 1 font-lock-keyword-face)
    ("^[ \t]*\\(errors\\)[ \t]+[[:alnum:]_.]+[ \t]*\\(?:,\\|//\\|$\\)" 1 font-lock-keyword-face)
    ;; The first word of any other line is a name, and stays as it is.
    ("^[ \t]*\\([[:alpha:]_]\\w*\\)" 1 'default)
    ("\\<\\(map\\)[ \t]*\\[" 1 font-lock-type-face)
    ("\\<\\(?:bool\\|bytes\\|duration\\|float32\\|float64\\|int16\\|int32\\|int64\\|int8\\|raw\\|string\\|time\\|uint16\\|uint32\\|uint64\\|uint8\\|uuid\\)\\>" . font-lock-type-face)
    ("\\<\\(true\\|false\\|high\\|normal\\|low\\|none\\)[ \t]*\\(?:)\\|$\\)" 1 font-lock-constant-face))
  "Highlighting of .grid files.")

;;;###autoload
(define-derived-mode grid-mode prog-mode "Grid"
  "Major mode for .grid files."
  (setq-local comment-start "// " comment-start-skip "//+[ \t]*" comment-end "")
  (setq-local indent-tabs-mode nil tab-width 4)
  (setq-local font-lock-defaults '(grid-font-lock-keywords)))

;;;###autoload
(add-to-list 'auto-mode-alist '("\\.grid\\'" . grid-mode))

(defvar eglot-server-programs)
(with-eval-after-load 'eglot
  (add-to-list 'eglot-server-programs '(grid-mode . ("gridc" "lsp"))))

(provide 'grid-mode)
;;; grid-mode.el ends here
