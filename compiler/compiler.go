package compiler

import (
	"io"

	"github.com/gridrpc/gridc/compiler/breaking"
	"github.com/gridrpc/gridc/compiler/check"
	"github.com/gridrpc/gridc/compiler/diag"
	"github.com/gridrpc/gridc/compiler/emit"
	"github.com/gridrpc/gridc/compiler/gogen"
	"github.com/gridrpc/gridc/compiler/goname"
	"github.com/gridrpc/gridc/compiler/internal/atomicfile"
	"github.com/gridrpc/gridc/compiler/ir"
	"github.com/gridrpc/gridc/compiler/lint"
	"github.com/gridrpc/gridc/compiler/load"
	"github.com/gridrpc/gridc/compiler/stubs"
	"github.com/gridrpc/gridc/compiler/tsgen"
	"github.com/gridrpc/gridc/idl"
	"github.com/gridrpc/gridc/runtime/schema"
)

// From arguments to a schema.

// Options says where .grid files come from; the zero Options read the file system.
type Options = load.Options

// Schema is the checked form of a set of .grid files.
type Schema = ir.Schema

// Load parses the named files with everything they import, resolves all names
// and checks all rules. A folder stands for every .grid file below it, except in
// gen, vendor, testdata, node_modules and folders that start with `.` or `_`.
//
// The diagnostics are sorted; while one of them is an error, the schema is nil.
// The error is for arguments that cannot be read at all.
func Load(opts Options, paths ...string) (*Schema, []*idl.Diagnostic, error) {
	return check.Load(opts, paths...)
}

// Files lists the .grid files that arguments stand for, each once.
func Files(opts Options, paths ...string) ([]string, error) { return load.Files(opts, paths...) }

// Inputs lists all files that Load would read for the arguments, imported ones
// included, and those that it would look for in vain.
func Inputs(opts Options, paths ...string) ([]string, error) { return load.Inputs(opts, paths...) }

// Beside lists the .grid files in the folders of files, those files included: each may be
// a part of their packages, or become one.
func Beside(opts Options, files []string) []string { return load.Beside(opts, files) }

// What a schema says.

// HandlerIDs is where the handler ids of everything compiled together went; IDRow
// is one of them, or a reserved range; Range is inclusive at both ends.
type (
	HandlerIDs = ir.HandlerIDs
	IDRow      = ir.IDRow
	Range      = ir.Range
)

// IDs lists the handler ids of a schema.
func IDs(s *Schema) HandlerIDs { return ir.IDs(s) }

// MarshalIR writes a checked schema as JSON, for programs that generate other things.
func MarshalIR(s *Schema) ([]byte, error) { return ir.Marshal(s) }

// UnmarshalIR reads what MarshalIR wrote.
func UnmarshalIR(text []byte) (*Schema, error) { return ir.Unmarshal(text) }

// Lower describes the services of a package as they are on the wire.
func Lower(p *ir.Package) *schema.Table { return ir.Lower(p) }

// LintOptions chooses the rules of Lint.
type LintOptions = lint.Options

// Lint looks for what is legal and probably a mistake in the files that were named.
func Lint(s *Schema, opts LintOptions) []*idl.Diagnostic { return lint.Lint(s, opts) }

// IsLintRule reports whether there is a rule of Lint with the id.
func IsLintRule(id string) bool { return lint.IsRule(id) }

// From a schema to files of Go or TypeScript.

// GenOptions say where generated code goes; Output is one generated file.
type (
	GenOptions = gogen.Options
	Output     = emit.Output
)

// Generate returns the files that the packages of s become, imported packages
// included. The same schema gives the same bytes, in the same order.
func Generate(s *Schema, opts GenOptions) ([]Output, error) { return gogen.Generate(s, opts) }

// TypeScriptOptions say where generated TypeScript goes, and whether it is JavaScript.
type TypeScriptOptions = tsgen.Options

// GenerateTypeScript returns the modules that the packages of s become, imported packages
// included. The same schema gives the same bytes, in the same order.
func GenerateTypeScript(s *Schema, opts TypeScriptOptions) ([]Output, error) {
	return tsgen.Generate(s, opts)
}

// Write brings the disk in line with the outputs and returns what it changed. Only
// files that gridc generated are replaced or removed.
func Write(outputs []Output) ([]FileChange, error) { return stubs.Write(outputs) }

// Check compares the outputs with what is on disk, and writes nothing.
func Check(outputs []Output) ([]Stale, error) { return stubs.Check(outputs) }

// Renames are the Go names that the changes took from generated code for the sake of Go's
// initialisms.
func Renames(changed []FileChange) []Rename { return stubs.Renames(changed) }

// FileChange is a file that Write changed; Rename is a Go name that it lost; Stale is one that Check found not to be
// as it should be; StaleKind says what is wrong with it.
type (
	FileChange = stubs.FileChange
	Rename     = stubs.Rename
	Stale      = stubs.Stale
	StaleKind  = stubs.StaleKind
)

// What Check finds.
const (
	Missing  = stubs.Missing  // generated, but not there
	Changed  = stubs.Changed  // there with another content
	Orphaned = stubs.Orphaned // there, but generated by nothing
)

// Cache remembers what was generated from what, see [GenOptions].
type Cache = stubs.Cache

// Two revisions of a schema.

// Baseline is the older revision, and what of the present one is compared with it;
// Change is one difference; Allowed is what the allow files say about changes.
type (
	Baseline = breaking.Baseline
	Change   = breaking.Change
	Level    = breaking.Level
	Allowed  = breaking.Allowed
)

// TooComplex is the id of the change that stands for what was not compared.
const TooComplex = breaking.TooComplex

// ChangeLevels are the levels that can be made to fail, by name.
var ChangeLevels = breaking.Levels

// ReadBaseline reads the revision that against names: a git ref, a folder with older
// files, or a file that `gridc ir` wrote. The present revision is loaded by reload.
func ReadBaseline(against string, paths []string, reload func(paths ...string) (*Schema, error)) (*Baseline, error) {
	return breaking.ReadBaseline(against, paths, reload)
}

// Breaking returns what changed between two revisions of the same files. Changes up
// to the level are errors; beyond it they are warnings, and changes of behavior notes.
func Breaking(old, new *Schema, level Level) []Change { return breaking.Compare(old, new, level) }

// IsChangeRule reports whether an id is one that a change can have.
func IsChangeRule(id string) bool { return breaking.IsRule(id) }

// HasSubject reports whether a change can be about what a subject names in the
// schema, such as "storage.DiskInfo.4" or "storage.Storage.Get/request".
func HasSubject(s *Schema, subject string) bool { return breaking.HasSubject(s, subject) }

// ReadAllowed reads the allow files beside the named files of both revisions. The
// diagnostics are about lines that cannot be understood.
func ReadAllowed(opts Options, old, new *Schema) (*Allowed, []*idl.Diagnostic, error) {
	return breaking.ReadAllowed(opts, old, new)
}

// Allow returns the allow files, by path, with lines added that accept the changes
// for a reason.
func Allow(opts Options, changes []Change, reason string) (map[string][]byte, error) {
	return breaking.Allow(opts, changes, reason)
}

// What is said, and how it is shown.

// Code explains one diagnostic id; Example is what it shows; Fault is an error of
// gridc itself; RenderOptions says how diagnostics are shown.
type (
	Code          = diag.Code
	Example       = diag.Example
	Fault         = diag.Fault
	RenderOptions = diag.RenderOptions
)

// HasErrors reports whether one of the diagnostics is an error.
func HasErrors(ds []*idl.Diagnostic) bool { return diag.HasErrors(ds) }

// SortDiagnostics returns the diagnostics by file, place, severity and id, each once.
func SortDiagnostics(ds []*idl.Diagnostic) []*idl.Diagnostic { return diag.SortDiagnostics(ds) }

// Render writes the diagnostics in the order given, and how many it left out.
func Render(w io.Writer, ds []*idl.Diagnostic, opts RenderOptions) error {
	return diag.Render(w, ds, opts)
}

// RenderJSON writes the diagnostics as JSON, one object a line.
func RenderJSON(w io.Writer, ds []*idl.Diagnostic) error { return diag.RenderJSON(w, ds) }

// RenderGitHub writes the diagnostics as workflow commands of GitHub.
func RenderGitHub(w io.Writer, ds []*idl.Diagnostic, opts RenderOptions) error {
	return diag.RenderGitHub(w, ds, opts)
}

// RenderSARIF writes the diagnostics as one SARIF 2.1.0 log; version is gridc's.
func RenderSARIF(w io.Writer, ds []*idl.Diagnostic, version string, opts RenderOptions) error {
	return diag.RenderSARIF(w, ds, version, opts)
}

// OneLine is the form of a diagnostic that every editor understands.
func OneLine(d *idl.Diagnostic) string { return diag.OneLine(d) }

// ApplyFixes returns the text of a file after the first fix of each diagnostic, and
// the diagnostics whose fix was made.
func ApplyFixes(path string, text []byte, ds []*idl.Diagnostic) ([]byte, []*idl.Diagnostic) {
	return diag.ApplyFixes(path, text, ds)
}

// Explain finds the explanation of an id; with an unknown one it gives the id that
// was likely meant.
func Explain(id string) (code Code, near string, ok bool) { return diag.Explain(id) }

// Codes are all diagnostic ids with their explanations.
func Codes() []Code { return diag.Codes() }

// Names and files, for commands that make some.

// ErrNoModule is the error of GoImportPath for a folder that no Go module holds.
var ErrNoModule = gogen.ErrNoModule

// GoImportPath is the import path of a folder, which need not exist yet.
func GoImportPath(folder string) (string, error) { return gogen.GoImportPath(folder) }

// ModulePathFault says why Go refuses a path for a module; it is empty for a good one.
func ModulePathFault(path string) string { return goname.ModulePathFault(path) }

// PackageNameFault says why a package cannot have the name in Go; it is empty for a
// good one.
func PackageNameFault(name string) string { return goname.PackageNameFault(name) }

// ReplaceFile gives a file new content in one step, so that nobody ever reads a half.
func ReplaceFile(name string, content []byte) error { return atomicfile.Replace(name, content) }

// Sweep removes the temporary files that runs which were killed left in a folder.
func Sweep(folder string) { atomicfile.Sweep(folder) }
