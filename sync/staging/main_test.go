package staging

import (
	"os"
	"testing"

	"github.com/routeiq/routeiq/sync/database/postgrestest"
)

func TestMain(m *testing.M) { os.Exit(postgrestest.Main(m)) }
