/*
 * Two nodes, one pair of names: the dialer dials again whenever it has no
 * session, the acceptor may be left with a socket whose other end is long gone.
 * Written from PROTOCOL.md, section 4 ("two sockets"), not from the Go code.
 *
 * A network fault makes a socket silent: what is on it is lost and neither end is
 * told. Each end notices that in its own time. Sockets are slots; the number of a
 * dial attempt only grows.
 *
 *   spin -a session.pml && cc -O2 -DNFAIR=3 -o pan pan.c && ./pan -a -f -m500000
 */
#define SLOTS 3
#define FAULTS 2
#define MAXDIALS 4
#define NONE 255

mtype = { proof, welcome, refusal, fin };

chan up[SLOTS]   = [3] of { mtype };   /* dialer to acceptor */
chan down[SLOTS] = [3] of { mtype };   /* acceptor to dialer */

bool here[SLOTS], there[SLOTS];        /* the socket is open at the dialer, at the acceptor */
bool silent[SLOTS];
byte number[SLOTS];                    /* attempt */
byte mine = NONE, theirs = NONE;       /* the session at the dialer, at the acceptor */
byte dialing = NONE;
byte attempt = 0;
byte faults = FAULTS;

#define free(i) (!here[i] && !there[i])
#define joined (mine != NONE && mine == theirs && !silent[mine] && here[mine] && there[mine])

inline empty_both(i) {
  do
  :: up[i]?[_] -> up[i]?_
  :: down[i]?[_] -> down[i]?_
  :: empty(up[i]) && empty(down[i]) -> break
  od
}

inline dialer_closes(i) {
  here[i] = false;
  if :: mine == i -> mine = NONE :: else fi;
  if :: dialing == i -> dialing = NONE :: else fi;
  do :: nempty(down[i]) -> down[i]?_ :: empty(down[i]) -> break od;
  if :: there[i] && !silent[i] -> up[i]!fin :: else fi
}

inline acceptor_closes(i) {
  there[i] = false;
  if :: theirs == i -> theirs = NONE :: else fi;
  do :: nempty(up[i]) -> up[i]?_ :: empty(up[i]) -> break od;
  if :: here[i] && !silent[i] -> down[i]!fin :: else fi
}

active proctype dialer() {
  byte i;
  mtype m;
end:
  do
  :: atomic { mine == NONE && dialing == NONE && attempt < MAXDIALS ->
       i = 0;
       do
       :: i < SLOTS && free(i) -> break
       :: i < SLOTS && !free(i) -> i++
       :: i == SLOTS -> break
       od;
       if
       :: i < SLOTS ->
            attempt++; number[i] = attempt; silent[i] = false;
            here[i] = true; there[i] = true; dialing = i; up[i]!proof
       :: else
       fi }
  :: atomic { dialing != NONE && nempty(down[dialing]) ->
       i = dialing; down[i]?m;
       if
       :: m == welcome -> mine = i; dialing = NONE
       :: else -> dialer_closes(i)
       fi }
  :: atomic { mine != NONE && nempty(down[mine]) -> i = mine; down[i]?m; dialer_closes(i) }
  /* liveness, or the deadline of the handshake */
  :: atomic { dialing != NONE && (silent[dialing] || (!there[dialing] && empty(down[dialing]))) -> i = dialing; dialer_closes(i) }
  :: atomic { mine != NONE && (silent[mine] || (!there[mine] && empty(down[mine]))) -> i = mine; dialer_closes(i) }
  od
}

proctype acceptor(byte i) {
  mtype m;
  byte old;
end:
  do
  :: atomic { there[i] && nempty(up[i]) ->
       up[i]?m;
       if
       :: m == proof && (theirs == NONE || number[theirs] < number[i]) ->
            old = theirs; theirs = i;
            if
            :: old != NONE ->
                 there[old] = false;
                 do :: nempty(up[old]) -> up[old]?_ :: empty(up[old]) -> break od;
                 if :: here[old] && !silent[old] -> down[old]!fin :: else fi
            :: else
            fi;
            if :: here[i] && !silent[i] -> down[i]!welcome :: else fi
       :: m == proof && !(theirs == NONE || number[theirs] < number[i]) ->
            there[i] = false;
            if :: here[i] && !silent[i] -> down[i]!refusal :: else fi
       :: m == fin -> acceptor_closes(i)
       fi }
  /* liveness, or the deadline of the handshake */
  :: atomic { there[i] && (silent[i] || (!here[i] && empty(up[i]))) -> acceptor_closes(i) }
  od
}

active proctype network() {
  byte i;
end:
  do
  :: atomic { faults > 0 ->
       select (i : 0 .. 2);
       if
       :: !free(i) && !silent[i] -> faults--; silent[i] = true; empty_both(i)
       :: else -> faults--   /* it hits nothing */
       fi }
  /* the dialer's patience with a handshake ends while it goes well */
  :: atomic { faults > 0 && dialing != NONE -> faults--; i = dialing; dialer_closes(i) }
  :: faults == 0 -> skip   /* time goes on */
  od
}

init { atomic { run acceptor(0); run acceptor(1); run acceptor(2) } }

/* Once the faults are over, the two ends have the same session and keep it. */
ltl converges { <>[] (faults == 0) -> <>[] joined }
