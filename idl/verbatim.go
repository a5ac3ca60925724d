package idl

// stretch is a run of rows, from index first to index last.
type stretch struct{ first, last int }

// verbatimRows replaces the rows that are not sound by the stretches of source
// that they stand in. A row that shares a line with such a stretch belongs to
// it; so does all of a block when one of its ends does.
func (p *parser) verbatimRows() []row {
	rows := p.fillGaps()
	pair := pairRows(rows)
	out := make([]row, 0, len(rows))
	starts := make([]int, 0, len(rows)) // the row that each of out begins with
	for i := 0; i < len(rows); i++ {
		if !rows[i].bad && rows[i].kind != rowVerbatim && !p.commentInside(rows[i]) {
			out, starts = append(out, rows[i]), append(starts, i)
			continue
		}
		s := p.grow(rows, pair, stretch{i, i})
		for len(out) > 0 && starts[len(out)-1] >= s.first {
			out, starts = out[:len(out)-1], starts[:len(starts)-1]
		}
		v := row{kind: rowVerbatim, from: rows[s.first].from, to: rows[s.last].to, bad: true}
		v.opens = s.first == s.last && rows[i].opens
		out, starts = append(out, v), append(starts, s.first)
		i = s.last
	}
	return out
}

// grow widens a stretch until nothing outside of it shares a line or a block
// with it. A first line that stands alone on its line may stay apart from its
// block.
func (p *parser) grow(rows []row, pair map[int]int, s stretch) stretch {
	for {
		was := s
		for s.first > 0 && p.touch(rows[s.first-1], rows[s.first]) {
			s.first--
		}
		for s.last+1 < len(rows) && p.touch(rows[s.last], rows[s.last+1]) {
			s.last++
		}
		if s.first == s.last && rows[s.first].opens {
			return s
		}
		first, last := s.first, s.last
		for i := first; i <= last; i++ {
			if other, ok := pair[i]; ok {
				s.first, s.last = min(s.first, other), max(s.last, other)
			}
		}
		if s == was {
			return s
		}
	}
}

// touch reports whether a row ends on the line that the next one begins on.
func (p *parser) touch(a, b row) bool {
	return p.toks[a.to-1].end().Line == p.toks[b.from].pos.Line
}

// pairRows finds the row that closes what another one opens, both ways.
func pairRows(rows []row) map[int]int {
	pair := map[int]int{}
	var open []int
	for i, r := range rows {
		switch {
		case r.kind == rowVerbatim:
		case r.opens || r.kind == rowOpenGroup:
			open = append(open, i)
		case r.kind == rowClose && len(open) > 0:
			opener := open[len(open)-1]
			open = open[:len(open)-1]
			pair[i], pair[opener] = opener, i
		}
	}
	return pair
}

// fillGaps adds rows for tokens that no row holds, so that none can be lost.
func (p *parser) fillGaps() []row {
	rows := make([]row, 0, len(p.rows)+1)
	next := 0
	for _, r := range p.rows {
		if r.from > next {
			rows = append(rows, row{kind: rowVerbatim, from: next, to: r.from, bad: true})
		}
		rows = append(rows, r)
		next = r.to
	}
	if end := len(p.toks) - 1; next < end {
		rows = append(rows, row{kind: rowVerbatim, from: next, to: end, bad: true})
	}
	return rows
}

// commentInside reports whether a comment stands between the tokens of a row.
func (p *parser) commentInside(r row) bool {
	return p.comments.within(p.toks[r.from].pos, p.toks[r.to-1].pos)
}
