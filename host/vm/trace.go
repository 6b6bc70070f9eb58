package vm
import ("sync";"time";"fmt";"sort";"os")
type tr struct{ n int; sum,max time.Duration; over int }
var trMu sync.Mutex
var trM = map[string]*tr{}
func TRACE(n string, d time.Duration) { trMu.Lock(); t:=trM[n]; if t==nil {t=&tr{}; trM[n]=t}; t.n++; t.sum+=d; if d>t.max {t.max=d}; if d>5*time.Millisecond {t.over++}; trMu.Unlock() }
func TraceDump() { trMu.Lock(); defer trMu.Unlock(); var k []string; for n:=range trM {k=append(k,n)}; sort.Strings(k); for _,n:=range k { t:=trM[n]; fmt.Fprintln(os.Stderr,n,t.n,t.sum/time.Duration(t.n),t.max,t.over) } }
