package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// workspaceStep is the command that adds the module of a new folder to the
// workspace above it, without which the go command refuses to work in the folder;
// it is empty where there is no workspace, or the module is part of it.
func workspaceStep(env *environment, dir string) string {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return ""
	}
	file := workspaceFile(env, abs)
	module := moduleRoot(abs)
	if file == "" || module == "" {
		return ""
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return ""
	}
	for _, used := range usedModules(string(text)) {
		if !filepath.IsAbs(used) {
			used = filepath.Join(filepath.Dir(file), used)
		}
		if filepath.Clean(used) == module {
			return ""
		}
	}
	use := "."
	if module != abs {
		if use, err = filepath.Rel(abs, module); err != nil {
			use = module
		}
	}
	return "go work use " + shellQuoted(filepath.ToSlash(use)) + "        # " + file + " says which modules there are"
}

// workspaceFile is the go.work file that the go command uses in a folder, or "".
func workspaceFile(env *environment, dir string) string {
	switch file := env.getenv("GOWORK"); file {
	case "":
		return nearestFile(dir, "go.work")
	case "off":
		return ""
	default:
		return file
	}
}

// usedModules are the folders of the `use` lines of a go.work file.
func usedModules(text string) []string {
	var folders []string
	block := false
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "//")
		line = strings.TrimSpace(line)
		rest, one := strings.CutPrefix(line, "use")
		switch {
		case block && line == ")":
			block = false
		case block && line != "":
			folders = append(folders, goWord(line))
		case one && strings.TrimSpace(rest) == "(":
			block = true
		case one && rest != "" && strings.ContainsAny(rest[:1], " \t\"`"):
			folders = append(folders, goWord(strings.TrimSpace(rest)))
		}
	}
	return folders
}

// goWord is a word of a go.mod or go.work file, which may be quoted.
func goWord(text string) string {
	if word, err := strconv.Unquote(text); err == nil {
		return word
	}
	return text
}

// nearestFile is the file of a name in a folder or the next above it, or "".
func nearestFile(dir, name string) string {
	for {
		file := filepath.Join(dir, name)
		if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() {
			return file
		}
		above := filepath.Dir(dir)
		if above == dir {
			return ""
		}
		dir = above
	}
}
