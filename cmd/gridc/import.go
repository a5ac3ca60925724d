package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gridrpc/gridc/cmd/gridc/internal/proto"
	"github.com/gridrpc/gridc/compiler"
	"github.com/gridrpc/gridc/idl"
)

// importCmd is `gridc import`.
type importCmd struct {
	FirstID uint16   `default:"1" placeholder:"N" help:"The id of the first handler; proto has none."`
	Force   bool     `help:"Replace .grid files that are there."`
	Stdout  bool     `help:"Print the .grid files instead of writing them."`
	Paths   []string `arg:"" name:"file" help:"A .proto file. What it imports comes with it, where it is found."`
}

func (cmd *importCmd) run(env *environment) error {
	r := &protoReader{files: map[string]*proto.File{}}
	for _, arg := range cmd.Paths {
		if err := r.read(path.Clean(filepath.ToSlash(arg))); err != nil {
			return err
		}
	}
	files := r.sorted()
	set := proto.NewSet(files, int(cmd.FirstID))
	marks := 0
	for _, f := range files {
		result := set.Convert(f)
		marks += result.Marks
		if err := cmd.deliver(env, strings.TrimSuffix(f.Name, ".proto")+".grid", result); err != nil {
			return err
		}
	}
	if marks > 0 {
		fmt.Fprintf(env.stderr, "gridc: %s what a .grid file cannot say: look for `TODO: `\n", count(marks, "comment says", "comments say"))
	}
	return nil
}

// deliver formats one file, and writes or prints it.
func (cmd *importCmd) deliver(env *environment, name string, result proto.Result) error {
	text, _ := idl.Format(name, []byte(result.Text)) // mistakes are for `gridc lint` to tell
	if cmd.Stdout {
		_, err := env.stdout.Write(text)
		return err
	}
	if err := cmd.write(filepath.FromSlash(name), text); err != nil {
		return err
	}
	fmt.Fprintf(env.stderr, "gridc: wrote %s%s\n", name, marksText(result.Marks))
	return nil
}

// write writes a file that is not there, or, if it may, replaces it.
func (cmd *importCmd) write(name string, text []byte) error {
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	switch {
	case errors.Is(err, fs.ErrExist) && cmd.Force:
		return compiler.ReplaceFile(name, text)
	case errors.Is(err, fs.ErrExist):
		return fmt.Errorf("%s is there already, and is not replaced without --force", filepath.ToSlash(name))
	case err != nil:
		return err
	}
	_, err = file.Write(text)
	return errors.Join(err, file.Close())
}

func marksText(n int) string {
	if n == 0 {
		return ""
	}
	return ", " + count(n, "TODO", "TODOs")
}

// protoReader reads .proto files, and what they import, each once.
type protoReader struct {
	files map[string]*proto.File
}

func (r *protoReader) read(name string) error {
	if r.files[name] != nil {
		return nil
	}
	if !strings.HasSuffix(name, ".proto") {
		return fmt.Errorf("%s: not a .proto file", name)
	}
	text, err := os.ReadFile(filepath.FromSlash(name))
	if err != nil {
		return err
	}
	f, err := proto.Parse(name, text)
	if err != nil {
		return err
	}
	r.files[name] = f
	for _, i := range f.Imports {
		if found := r.find(name, i.Path); found != "" {
			if err := r.read(found); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
	}
	return nil
}

// maxUp is how many folders above a file its imports are looked for.
const maxUp = 32

// find is the file that an import means: its path, or all but the beginning of it, leads
// there from the folder of the file, or from one above. What protobuf itself has is built in, and not looked for.
func (r *protoReader) find(from, name string) string {
	if strings.HasPrefix(name, "google/protobuf/") || path.IsAbs(name) || !fs.ValidPath(name) {
		return ""
	}
	for {
		for dir, n := path.Dir(from), 0; n < maxUp; dir, n = path.Join(dir, ".."), n+1 {
			file := path.Join(dir, name)
			if info, err := os.Stat(filepath.FromSlash(file)); err == nil && info.Mode().IsRegular() {
				return file
			}
			if dir == "/" {
				break
			}
		}
		_, rest, deep := strings.Cut(name, "/")
		if !deep || !strings.Contains(rest, "/") {
			return "" // a name alone may be any file
		}
		name = rest
	}
}

// sorted are the files by path.
func (r *protoReader) sorted() []*proto.File {
	var files []*proto.File
	for _, f := range r.files {
		files = append(files, f)
	}
	slices.SortFunc(files, func(a, b *proto.File) int { return strings.Compare(a.Name, b.Name) })
	return files
}
