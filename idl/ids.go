package idl

// MarkHandlerIDs marks the handler ids that services of the file use or reserve, as far as
// used goes: a file with mistakes may have any number in their place. Services that are not
// wanted are left out; nil wants all.
func (f *File) MarkHandlerIDs(used []bool, wanted func(*Service) bool) {
	mark := func(from, to *Lit) {
		if to == nil {
			to = from
		}
		if from == nil || from.Kind != LitInt || to.Kind != LitInt || from.Big || to.Big {
			return
		}
		for id := max(from.Int, 0); id <= min(to.Int, int64(len(used)-1)); id++ {
			used[id] = true
		}
	}
	for _, d := range f.Decls {
		svc, ok := d.(*Service)
		if !ok || wanted != nil && !wanted(svc) {
			continue
		}
		for _, h := range svc.Handlers {
			mark(h.ID, nil)
		}
		for _, line := range svc.Reserved {
			for _, item := range line.Items {
				mark(item.From, item.To)
			}
		}
	}
}

// Product is the name that `@product` gives, or "": a node serves services of one product,
// and only their handler ids have to be different.
func (s *Service) Product() string {
	for _, a := range s.Annos {
		if a.Package == nil && a.Name.Name == "product" && len(a.Args) == 1 && a.Args[0].Value != nil && a.Args[0].Value.Kind == LitString {
			return a.Args[0].Value.Str
		}
	}
	return ""
}
