package schema

// In a review a place may hold another declared type than before: not one that
// was renamed, for the older one is still there, or the newer one was there
// before. That is a change of the place, however much the two types differ, and
// nothing has happened to either of them.

// exchange is the comparison of two such types, and of those that stand in the
// same place below them, that is running.
type exchange struct {
	seen  map[pair]bool
	queue []pair
}

func (x *exchange) add(p pair) {
	if !x.seen[p] {
		x.seen[p] = true
		x.queue = append(x.queue, p)
	}
}

// named compares two named types of the same kind: a type with what it became, or
// two types of which one took the place of the other.
func (j *Judge) named(old, new *Type) {
	p := pair{old.Shape, new.Shape}
	switch {
	case !j.review || !j.exchanged(p):
		j.enqueue(p.old, p.new)
	case j.running != nil:
		j.running.add(p)
	default:
		if found := j.differences(p); len(found) > 0 {
			first := len(j.found)
			j.found = append(j.found, found...)
			j.unite(first, j.became(j.old.describe(old), j.new.describe(new)))
		}
	}
}

// exchanged reports whether the shapes are two types, and not one that was
// renamed.
func (j *Judge) exchanged(p pair) bool {
	if j.names == nil {
		j.names = &[2]map[string]bool{shapeNames(j.old), shapeNames(j.new)}
	}
	was, is := j.old.Shapes[p.old].Name, j.new.Shapes[p.new].Name
	return was != is && (j.names[0][is] || j.names[1][was])
}

func shapeNames(t *Table) map[string]bool {
	names := make(map[string]bool, len(t.Shapes))
	for i := range t.Shapes {
		names[t.Shapes[i].Name] = true
	}
	return names
}

// differences returns what keeps one type from being read as the other. The types
// in them that are still what they were are queued, to be judged by themselves.
func (j *Judge) differences(p pair) Verdict {
	if found, known := j.exchanges[p]; known {
		return found
	}
	at, before := j.at, j.found
	j.found, j.running = nil, &exchange{seen: map[pair]bool{}}
	j.running.add(p)
	for len(j.running.queue) > 0 {
		next := j.running.queue[0]
		j.running.queue = j.running.queue[1:]
		j.steps += pairSteps
		if j.steps > j.maxSteps {
			break
		}
		j.shapes(&j.old.Shapes[next.old], &j.new.Shapes[next.new])
	}
	found := j.found
	j.found, j.running = before, nil
	j.spent()
	j.at = at
	j.exchanges[p] = found
	return found
}

// unite makes the findings from the first on one, about the place where the judge
// is. Its rule is the gravest of them; one about the wire has the name of the
// place. Findings about another place say why.
func (j *Judge) unite(first int, message string) {
	found := j.found[first:]
	worst, fails, risks := found[0], Direction(0), Direction(0)
	for i := range found {
		fails, risks = fails|found[i].Fails, risks|found[i].Risks
		if found[i].Rule.Level() < worst.Rule.Level() {
			worst = found[i]
		}
	}
	j.found = j.found[:first]
	rule := worst.Rule
	if rule.Level() == Wire {
		rule = j.at.rule
	}
	if worst.Shape != j.at.shape || worst.Member != j.at.member {
		message += ": " + worst.Message
	}
	j.report(rule, fails, risks, message)
}
