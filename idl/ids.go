package idl

// MarkHandlerIDs marks the handler ids that the file uses or reserves, as far as
// used goes: a file with mistakes may have any number in their place.
func (f *File) MarkHandlerIDs(used []bool) {
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
		if !ok {
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
