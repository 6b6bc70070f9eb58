package price

import (
	"strconv"
	"strings"
	"testing"
	"time"
)

// format writes a model as a row of the table: parseRow the other way round.
func format(m Model) string {
	fields := []string{m.Name, m.Provider}
	for _, r := range []Rate{m.Price.Input, m.Price.Output, m.Price.CachedInput, m.Price.CacheWrite, m.Price.Reasoning} {
		field := ""
		if usd, stated := r.PerToken(); stated {
			field = strconv.FormatFloat(usd, 'g', -1, 64)
		}
		fields = append(fields, field)
	}
	for _, size := range []int{m.MaxInput, m.MaxOutput} {
		field := ""
		if size != 0 {
			field = strconv.Itoa(size)
		}
		fields = append(fields, field)
	}
	var words []string
	for _, word := range []string{"tools", "vision", "schema", "streaming", "caching", "reasoning"} {
		if a := *m.capability(word); a != Unstated {
			words = append(words, map[Answer]string{Yes: "+", No: "-"}[a]+word)
		}
	}
	return strings.Join(append(fields, strings.Join(words, " ")), "\t")
}

// TestTable: every row is read, and written again it is the same row: figures in their shortest form, nothing lost.
func TestTable(t *testing.T) {
	table, err := parse(tsv)
	if err != nil {
		t.Fatal(err)
	}
	source, date := Origin()
	if !strings.HasPrefix(source, "LiteLLM 1.") || !strings.HasSuffix(source, "(MIT)") {
		t.Errorf("the source is %q, with no release or no licence", source)
	}
	if _, err := time.Parse(time.DateOnly, date); err != nil {
		t.Errorf("the date: %v", err)
	}
	lines := strings.Split(strings.TrimSuffix(tsv, "\n"), "\n")[3:]
	if len(lines) != len(table.models) || len(lines) < 2000 {
		t.Fatalf("%d models of %d rows", len(table.models), len(lines))
	}
	for i, m := range table.models {
		if got := format(m); got != lines[i] {
			t.Errorf("row %q is read as %q", lines[i], got)
		}
		if m == (Model{Name: m.Name, Provider: m.Provider}) {
			t.Errorf("%s says nothing", m.Name)
		}
		if strings.Trim(m.Name, " \t\r") != m.Name {
			t.Errorf("%q has blanks around its name", m.Name)
		}
		for _, r := range []Rate{m.Price.Input, m.Price.Output, m.Price.CachedInput, m.Price.CacheWrite, m.Price.Reasoning} {
			if usd, stated := r.PerToken(); stated && usd > dearest {
				t.Errorf("%s has %v USD per token: is that per thousand?", m.Name, usd)
			}
		}
		if usd, stated := m.Price.Input.PerToken(); stated {
			if cached, ok := m.Price.CachedInput.PerToken(); ok && cached > usd {
				t.Errorf("%s costs %v cached and %v not", m.Name, cached, usd)
			}
		}
		if max(m.MaxInput, m.MaxOutput) > 20e6 {
			t.Errorf("%s takes %d tokens and gives %d", m.Name, m.MaxInput, m.MaxOutput)
		}
	}
}

// dearest is the bound in table.py, in USD per token: a row with a price above it has none of its prices taken.
const dearest = 0.001

// TestImpossiblePrices: LiteLLM states these a thousand or a hundred thousand times too high. They are not taken, and the
// rest of the row is.
func TestImpossiblePrices(t *testing.T) {
	for _, c := range [][2]string{
		{"wandb", "deepseek-ai/DeepSeek-R1-0528"},
		{"wandb", "meta-llama/Llama-3.1-8B-Instruct"},
		{"wandb", "openai/gpt-oss-120b"},
		{"azure_ai", "jais-30b-chat"},
		{"watsonx", "core42/jais-13b-chat"},
	} {
		m, ok := Find(c[0], c[1])
		if !ok || m.Price != (Price{}) || m.MaxInput == 0 {
			t.Errorf("%s: %v %+v", c, ok, m)
		}
	}
}

// TestModels: rows as they stand in LiteLLM's list, looked up one by one.
func TestModels(t *testing.T) {
	for _, c := range []struct{ provider, row string }{
		{"openai", "gpt-4o\topenai\t2.5e-06\t1e-05\t1.25e-06\t\t\t128000\t16384\t+tools +vision +schema +caching"},
		{"openai", "gpt-4o-mini\topenai\t1.5e-07\t6e-07\t7.5e-08\t\t\t128000\t16384\t+tools +vision +schema +caching"},
		{"openai", "gpt-4\topenai\t3e-05\t6e-05\t\t\t\t8192\t4096\t+tools +caching"},
		{"openai", "o1-pro\topenai\t0.00015\t0.0006\t\t\t\t200000\t100000\t+tools +vision +schema -streaming +caching +reasoning"},
		{"openai", "text-embedding-3-small\topenai\t2e-08\t0\t\t\t\t8191\t\t"},
		{"anthropic", "claude-3-5-haiku-20241022\tanthropic\t8e-07\t4e-06\t8e-08\t1e-06\t\t200000\t8192\t+tools +vision +schema +caching"},
		{"anthropic", "claude-3-5-haiku-latest\tanthropic\t1e-06\t5e-06\t1e-07\t1.25e-06\t\t200000\t8192\t+tools +vision +schema +caching"},
		{"groq", "groq/llama-3.1-8b-instant\tgroq\t5e-08\t8e-08\t\t\t\t128000\t8192\t+tools -schema"},
		{"deepseek", "deepseek/deepseek-chat\tdeepseek\t2.8e-07\t4.2e-07\t2.8e-08\t0\t\t128000\t8192\t+tools +caching"},
		{"gemini", "gemini/gemini-2.5-flash\tgemini\t3e-07\t2.5e-06\t3e-08\t\t2.5e-06\t1048576\t65535\t+tools +vision +schema +caching +reasoning"},
	} {
		name, _, _ := strings.Cut(c.row, "\t")
		m, ok := Find(c.provider, name)
		if !ok || format(m) != c.row {
			t.Errorf("%s: %v %q, want %q", name, ok, format(m), c.row)
		}
	}
}

func TestParse(t *testing.T) {
	head := "# source: S\n# date: D\n" + columns + "\n"
	a, b := "a\tp\t1\t\t\t\t\t\t\t\n", "b\tp\t1\t\t\t\t\t\t\t\n"
	for _, c := range []struct{ name, text, err string }{
		{"no rows", head, ""},
		{"two rows", head + a + b, ""},
		{"nothing", "", "does not begin"},
		{"no source", strings.Replace(head, "# source: ", "# ", 1), "does not begin"},
		{"no date", strings.Replace(head, "# date: ", "# ", 1), "does not begin"},
		{"other columns", strings.Replace(head, "cached_input", "cached", 1), "does not begin"},
		{"a row that is none", head + a + "b\n", "too few columns"},
		{"out of order", head + b + a, "does not stand after"},
		{"twice", head + a + a, "does not stand after"},
	} {
		_, err := parse(c.text)
		if (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("%s: %v, want %q", c.name, err, c.err)
		}
	}
}

func TestParseRow(t *testing.T) {
	for _, c := range []struct{ name, row, err string }{
		{"all stated", "n\tp\t1\t2\t3\t4\t5\t6\t7\t+tools -vision +schema -streaming +caching -reasoning", ""},
		{"nothing stated", "n\tp\t\t\t\t\t\t\t\t", ""},
		{"free", "n\tp\t0\t0\t\t\t\t\t\t", ""},
		{"too few", "n\tp\t\t\t\t\t\t\t", "too few columns"},
		{"too many", "n\tp\t\t\t\t\t\t\t\t\t", "too many columns"},
		{"no name", "\tp\t\t\t\t\t\t\t\t", "lacks a name"},
		{"no provider", "n\t\t\t\t\t\t\t\t\t", "lacks a name or a provider"},
		{"a word for a price", "n\tp\tfree\t\t\t\t\t\t\t", `"free" is no price`},
		{"a negative price", "n\tp\t\t-1\t\t\t\t\t\t", `"-1" is no price`},
		{"no number", "n\tp\t\t\tNaN\t\t\t\t\t", `"NaN" is no price`},
		{"endless", "n\tp\t\t\t\tinf\t\t\t\t", `"inf" is no price`},
		{"too large", "n\tp\t\t\t\t\t1e999\t\t\t", `"1e999" is no price`},
		{"no tokens", "n\tp\t\t\t\t\t\t0\t\t", `"0" is no number of tokens`},
		{"half a token", "n\tp\t\t\t\t\t\t\t1.5\t", `"1.5" is no number of tokens`},
		{"an unknown word", "n\tp\t\t\t\t\t\t\t\t+wings", `"+wings" is no capability`},
		{"no sign", "n\tp\t\t\t\t\t\t\t\ttools", `"tools" is no capability`},
		{"another sign", "n\tp\t\t\t\t\t\t\t\t*tools", `"*tools" is no capability`},
		{"a sign alone", "n\tp\t\t\t\t\t\t\t\t+", `"+" is no capability`},
		{"twice", "n\tp\t\t\t\t\t\t\t\t+tools -tools", `"-tools" is no capability, or stands twice`},
	} {
		m, err := parseRow(c.row)
		if (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("%s: %v, want %q", c.name, err, c.err)
		}
		if err == nil && format(m) != c.row {
			t.Errorf("%s: read as %q", c.name, format(m))
		}
	}
}

// FuzzParseRow: no row breaks the parser, and what it takes is a model that can be written and read again.
func FuzzParseRow(f *testing.F) {
	for i, line := range strings.Split(tsv, "\n") {
		if i%100 == 0 {
			f.Add(line)
		}
	}
	f.Add("n\tp\t0x1p-4\t1_0\t-0\t+1\t1e-400\t+7\t007\t -tools\u00a0+vision ")
	f.Fuzz(func(t *testing.T, line string) {
		m, err := parseRow(line)
		if err != nil {
			if m != (Model{}) {
				t.Errorf("%q gives an error and %+v", line, m)
			}
			return
		}
		again, err := parseRow(format(m))
		if err != nil || again != m {
			t.Errorf("%q is %+v, and again %+v, %v", line, m, again, err)
		}
	})
}

func BenchmarkParse(b *testing.B) {
	b.ReportAllocs()
	b.SetBytes(int64(len(tsv)))
	for b.Loop() {
		if _, err := parse(tsv); err != nil {
			b.Fatal(err)
		}
	}
}
