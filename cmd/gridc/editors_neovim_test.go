package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// What docs/editors.md has for init.lua is all that Neovim needs: a file that is typed
// there without a space before a line is checked, completed, formatted as it is saved.
func TestNeovimAsDocumented(t *testing.T) {
	nvim, err := exec.LookPath("nvim")
	if err != nil {
		t.Skip("there is no neovim")
	}
	docs, err := os.ReadFile("../../docs/editors.md")
	if err != nil {
		t.Fatal(err)
	}
	now, init := luaBlocks(t, string(docs))
	home := t.TempDir()
	if nvimKnows(t, nvim, home, "vim.lsp.config") {
		init = now
	}
	const try = `
vim.cmd('edit fresh.grid')
assert(vim.bo.filetype == 'grid', 'the file type is ' .. vim.bo.filetype)
vim.api.nvim_buf_set_lines(0, 0, -1, false, { 'package fresh', '', 'message A {', 'one string = 1', 'two strin = 2', '}' })
assert(vim.wait(30000, function() return #vim.diagnostic.get(0) > 0 end, 20), 'nothing is wrong')
assert(vim.diagnostic.get(0)[1].message:match('there is no type'), vim.diagnostic.get(0)[1].message)
vim.api.nvim_buf_set_lines(0, 4, 5, false, { 'two  string = 2' })
vim.api.nvim_win_set_cursor(0, { 4, 1 })
local left = function() return vim.tbl_filter(function(d) return d.severity == 1 end, vim.diagnostic.get(0)) end
assert(vim.wait(30000, function() return #left() == 0 end, 20), 'something is left')
local completes = vim.bo.omnifunc
assert(completes:match('vim.lsp.omnifunc'), 'omnifunc is ' .. completes)
vim.cmd('write')
assert(vim.api.nvim_buf_get_lines(0, 4, 5, false)[1] == '    two string = 2', 'it is not formatted')
io.stderr:write('all is well')
`
	for name, content := range map[string]string{"init.lua": init, "try.lua": "local ok, err = pcall(function()" + try + "end)\nif not ok then io.stderr:write(err) end\nvim.cmd('qa!')\n", "go.mod": "module example.com/a\n"} {
		if err := os.WriteFile(filepath.Join(home, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	build := exec.Command("go", "build", "-o", filepath.Join(home, "bin", "gridc"), ".")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	out := runNvim(t, nvim, home, "-u", "init.lua", "-i", "NONE", "-n", "-c", "luafile try.lua")
	if !strings.Contains(out, "all is well") {
		t.Error(out)
	}
}

// luaBlocks are the two that the chapter on Neovim has: for 0.11 and later, and before.
func luaBlocks(t *testing.T, docs string) (now, before string) {
	t.Helper()
	_, chapter, _ := strings.Cut(docs, "\n## Neovim\n")
	chapter, _, _ = strings.Cut(chapter, "\n## ")
	parts := strings.Split(chapter, "```lua\n")
	if len(parts) != 3 {
		t.Fatalf("%d blocks", len(parts)-1)
	}
	now, _, _ = strings.Cut(parts[1], "```")
	before, _, _ = strings.Cut(parts[2], "```")
	return now, before
}

func nvimKnows(t *testing.T, nvim, home, what string) bool {
	t.Helper()
	return strings.Contains(runNvim(t, nvim, home, "-u", "NONE", "-i", "NONE", "-c", "lua io.stderr:write(tostring("+what+" ~= nil))", "-c", "qa!"), "true")
}

// runNvim runs Neovim without a screen, in a home of its own, and returns what it says.
func runNvim(t *testing.T, nvim, home string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, nvim, append([]string{"--headless"}, args...)...)
	cmd.Dir = home
	cmd.Env = append(os.Environ(), "HOME="+home, "XDG_CONFIG_HOME="+home, "XDG_STATE_HOME="+home, "XDG_DATA_HOME="+home,
		"PATH="+filepath.Join(home, "bin")+string(os.PathListSeparator)+os.Getenv("PATH"))
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	return out.String()
}
