package handlers

// YieldReader gives the role away if the handler has it.
func (c *Context) YieldReader() {
	if c.Reader != 0 {
		c.S.HandOn(c.Reader)
	}
}
