// Package review compares what is being written with what was agreed on: the verdict of
// `gridc breaking` against a ref, in the background.
//
// It owns one goroutine and the newest request of each unit. It sees checked schemas,
// which nobody changes.
package review

import (
	"slices"
	"strings"
	"sync"

	"github.com/gridrpc/gridc/compiler/breaking"
	"github.com/gridrpc/gridc/compiler/check"
	"github.com/gridrpc/gridc/compiler/diag"
	"github.com/gridrpc/gridc/compiler/ir"
	"github.com/gridrpc/gridc/compiler/load"
	"github.com/gridrpc/gridc/runtime/schema"
)

// Refs are what is compared with unless the editor says otherwise: the first that the
// repository has.
var Refs = []string{"main", "master", "origin/main", "origin/master"}

// Request is a unit that is to be compared.
type Request struct {
	Paths  []string
	Schema *ir.Schema
}

func (r Request) key() string { return strings.Join(r.Paths, "\n") }

// Verdict is what a comparison found.
type Verdict struct {
	Against string
	Schema  *ir.Schema // the one that was compared
	Changes []breaking.Change
}

// Reviewer compares one unit after the other. It is safe for concurrent use.
type Reviewer struct {
	refs []string
	done func() // called when there is a new verdict

	mu       sync.Mutex
	waiting  map[string]Request // the newest of each unit
	verdicts map[string]*Verdict
	bases    map[string]*base // by unit; nil in it is a unit without one
	running  bool
	closed   bool
	forgot   int // counts Forget: what was begun before is not kept
}

// base is an older revision, and the ref that it is of.
type base struct {
	against string
	schema  *ir.Schema
}

// New returns a reviewer; done is called on its goroutine after each verdict.
func New(refs []string, done func()) *Reviewer {
	return &Reviewer{refs: refs, done: done, waiting: map[string]Request{}, verdicts: map[string]*Verdict{}, bases: map[string]*base{}}
}

// Ask has a unit compared soon, unless its schema has been.
func (r *Reviewer) Ask(req Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed || req.Schema == nil {
		return
	}
	if v := r.verdicts[req.key()]; v != nil && v.Schema == req.Schema {
		return
	}
	r.waiting[req.key()] = req
	if !r.running {
		r.running = true
		go r.run()
	}
}

// Verdict is the newest verdict on a unit, or nil.
func (r *Reviewer) Verdict(paths []string) *Verdict {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.verdicts[Request{Paths: paths}.key()]
}

// Forget has older revisions read again: a branch may have moved.
func (r *Reviewer) Forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.forgot++
	r.bases, r.verdicts = map[string]*base{}, map[string]*Verdict{}
}

// Close ends the reviewer; a comparison that runs is not waited for.
func (r *Reviewer) Close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	clear(r.waiting)
}

// run compares until nothing waits.
func (r *Reviewer) run() {
	for {
		req, ok := r.next()
		if !ok {
			return
		}
		if r.review(req) {
			r.done()
		}
	}
}

func (r *Reviewer) next() (req Request, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for key, req := range r.waiting {
		delete(r.waiting, key)
		return req, true
	}
	r.running = false
	return Request{}, false
}

// review compares one unit, and reports whether there is something new to be shown. A
// panic is a fault of the comparison, and no reason to end an editor's session.
func (r *Reviewer) review(req Request) (isNew bool) {
	defer func() { _ = recover() }()
	r.mu.Lock()
	forgot := r.forgot
	r.mu.Unlock()
	v, b := r.compare(req)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return false
	}
	if r.forgot != forgot { // once more, from what there is now
		if _, newer := r.waiting[req.key()]; !newer {
			r.waiting[req.key()] = req
		}
		return false
	}
	r.bases[req.key()], r.verdicts[req.key()] = b, v
	return v.Against != ""
}

// compare is empty for a unit that lies in no repository, or is new.
func (r *Reviewer) compare(req Request) (*Verdict, *base) {
	v := &Verdict{Schema: req.Schema}
	b := r.base(req)
	if b == nil {
		return v, nil
	}
	changes := breaking.Compare(b.schema, req.Schema, schema.Wire)
	if allowed, ds, err := breaking.ReadAllowed(load.Options{}, b.schema, req.Schema); err == nil && !diag.HasErrors(ds) {
		changes = allowed.Remaining(changes)
	}
	v.Against, v.Changes = b.against, changes
	return v, b
}

// base finds the older revision of a unit, once.
func (r *Reviewer) base(req Request) *base {
	r.mu.Lock()
	known, isKnown := r.bases[req.key()]
	r.mu.Unlock()
	if isKnown {
		return known
	}
	return r.readBase(req)
}

func (r *Reviewer) readBase(req Request) *base {
	for _, ref := range r.refs {
		b, err := breaking.ReadBaseline(ref, req.Paths, func(paths ...string) (*ir.Schema, error) {
			if slices.Equal(paths, req.Paths) {
				return req.Schema, nil
			}
			s, _, err := check.Load(load.Options{}, paths...)
			return s, err
		})
		if err == nil && b.Schema != nil && b.NoRef == nil {
			return &base{ref, b.Schema}
		}
	}
	return nil
}
