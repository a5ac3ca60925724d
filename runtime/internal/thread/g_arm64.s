//go:build !purego && !plan9

#include "textflag.h"

// func word(offset uintptr) uintptr
TEXT ·word(SB), NOSPLIT, $0-16
	MOVD offset+0(FP), R1
	MOVD (g)(R1), R0
	MOVD R0, ret+8(FP)
	RET
