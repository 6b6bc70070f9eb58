package abi

import "unsafe"

// One method per noun of the document; a member that is added to a noun is added here and nowhere else.
// TestParseReadsEveryMember holds the two together.

func (d decoder) config(c *Config) error {
	return d.object("", func(key string) (bool, error) {
		switch key {
		case "version":
			return true, d.whole(&c.Version)
		case "role":
			return true, text(d, &c.Role)
		case "revision":
			return true, text(d, &c.Revision)
		case "groups":
			return true, array(d, key, &c.Groups, d.group)
		case "aliases":
			return true, array(d, key, &c.Aliases, d.alias)
		case "client_keys":
			return true, d.texts(key, &c.ClientKeys)
		case "secret_headers":
			return true, d.texts(key, &c.SecretHeaders)
		case "limits":
			return true, d.limits(key, &c.Limits)
		case "breaker":
			return true, d.breaker(key, &c.Breaker)
		case "retry":
			return true, d.retry(key, &c.Retry)
		case "health":
			return true, d.health(key, &c.Health)
		case "on_error":
			return true, text(d, &c.OnError)
		case "answer":
			return true, d.answer(key, &c.Answer)
		case "tags":
			return true, d.tags(key, &c.Tags)
		case "budgets":
			return true, array(d, key, &c.Budgets, d.budget)
		case "encoder":
			c.Encoder = new(Encoder)
			return true, d.encoder(key, c.Encoder)
		case "artifacts":
			return true, array(d, key, &c.Artifacts, d.artifact)
		case "judges":
			return true, array(d, key, &c.Judges, d.judge)
		case "report_ms":
			return true, d.whole(&c.ReportMS)
		}
		return false, nil
	})
}

func (d decoder) artifact(path string, a *Artifact) error {
	return d.object(path, func(key string) (bool, error) {
		switch key {
		case "name":
			return true, text(d, &a.Name)
		case "digest":
			return true, text(d, &a.Digest)
		case "manifest":
			return true, text(d, &a.Manifest)
		case "numbers":
			inside, err := d.r.Bytes()
			a.Numbers = unsafe.String(unsafe.SliceData(inside), len(inside)) // megabytes, which nobody changes: not copied
			return true, err
		}
		return false, nil
	})
}

func (d decoder) encoder(path string, e *Encoder) error {
	return d.object(path, func(key string) (bool, error) {
		switch key {
		case "api":
			return true, text(d, &e.API)
		case "model":
			return true, text(d, &e.Model)
		case "id":
			return true, text(d, &e.ID)
		case "cluster":
			return true, text(d, &e.Cluster)
		case "authority":
			return true, text(d, &e.Authority)
		case "path":
			return true, text(d, &e.Path)
		case "deadline_ms":
			return true, d.whole(&e.DeadlineMS)
		case "cache":
			return true, d.whole(&e.Cache)
		}
		return false, nil
	})
}

func (d decoder) judge(path string, j *Judge) error {
	return d.object(path, func(key string) (bool, error) {
		switch key {
		case "id":
			return true, text(d, &j.ID)
		case "cluster":
			return true, text(d, &j.Cluster)
		case "authority":
			return true, text(d, &j.Authority)
		case "path":
			return true, text(d, &j.Path)
		case "model":
			return true, text(d, &j.Model)
		case "headers":
			return true, array(d, at(path, key), &j.Headers, d.header)
		case "price":
			j.Price = new(Price)
			return true, d.price(at(path, key), j.Price)
		}
		return false, nil
	})
}

func (d decoder) group(path string, g *ModelGroup) error {
	return d.object(path, func(key string) (bool, error) {
		switch key {
		case "name":
			return true, text(d, &g.Name)
		case "strategy":
			return true, d.strategy(at(path, key), &g.Strategy)
		case "deployments":
			return true, array(d, at(path, key), &g.Deployments, d.deployment)
		case "fallbacks":
			return true, d.texts(at(path, key), &g.Fallbacks)
		case "context_fallbacks":
			return true, d.texts(at(path, key), &g.ContextFallbacks)
		case "content_fallbacks":
			return true, d.texts(at(path, key), &g.ContentFallbacks)
		case "retries":
			return true, d.whole(&g.Retries)
		case "retries_by_class":
			return true, array(d, at(path, key), &g.RetriesByClass, d.classCount)
		case "retry_after_ms":
			return true, d.whole(&g.RetryAfterMS)
		case "when_all_open":
			return true, text(d, &g.WhenAllOpen)
		case "affinity":
			g.Affinity = new(Affinity)
			return true, d.affinity(at(path, key), g.Affinity)
		case "shadow":
			g.Shadow = new(Shadow)
			return true, d.shadow(at(path, key), g.Shadow)
		}
		return false, nil
	})
}

func (d decoder) shadow(path string, s *Shadow) error {
	return d.object(path, func(key string) (bool, error) {
		switch key {
		case "strategy":
			return true, d.strategy(at(path, key), &s.Strategy)
		case "percent":
			return true, d.number(&s.Percent)
		case "per_second":
			return true, d.whole(&s.PerSecond)
		}
		return false, nil
	})
}

func (d decoder) affinity(path string, a *Affinity) error {
	return d.object(path, func(key string) (bool, error) {
		switch key {
		case "mode":
			return true, text(d, &a.Mode)
		case "ttl_ms":
			return true, d.whole(&a.TTLMS)
		}
		return false, nil
	})
}

func (d decoder) tags(path string, t *Tags) error {
	return d.object(path, func(key string) (bool, error) {
		switch key {
		case "enabled":
			return true, d.boolean(&t.Enabled)
		case "all":
			return true, d.boolean(&t.All)
		}
		return false, nil
	})
}

func (d decoder) budget(path string, b *Budget) error {
	return d.object(path, func(key string) (bool, error) {
		switch key {
		case "provider":
			return true, text(d, &b.Provider)
		case "usd":
			return true, d.number(&b.USD)
		case "period_ms":
			v, err := d.r.Int()
			b.PeriodMS = v
			return true, err
		}
		return false, nil
	})
}

func (d decoder) strategy(path string, s *StrategyRef) error {
	return d.object(path, func(key string) (bool, error) {
		switch key {
		case "name":
			return true, text(d, &s.Name)
		case "args":
			return true, array(d, at(path, key), (*[]Arg)(&s.Args), d.arg)
		case "requested":
			return true, text(d, &s.Requested)
		}
		return false, nil
	})
}

func (d decoder) arg(path string, a *Arg) error {
	return d.object(path, func(key string) (bool, error) {
		switch key {
		case "name":
			return true, text(d, &a.Name)
		case "number":
			return true, d.number(&a.Number)
		case "text":
			return true, text(d, &a.Text)
		case "rows":
			return true, array(d, at(path, key), &a.Rows, d.row)
		}
		return false, nil
	})
}

func (d decoder) row(path string, r *Row) error {
	return d.object(path, func(key string) (bool, error) {
		switch key {
		case "key":
			return true, text(d, &r.Key)
		case "values":
			return true, d.texts(at(path, key), &r.Values)
		case "program":
			return true, array(d, at(path, key), &r.Program, func(_ string, v *int) error { return d.whole(v) })
		}
		return false, nil
	})
}

func (d decoder) alias(path string, a *Alias) error {
	return d.object(path, func(key string) (bool, error) {
		switch key {
		case "name":
			return true, text(d, &a.Name)
		case "group":
			return true, text(d, &a.Group)
		case "hidden":
			return true, d.boolean(&a.Hidden)
		}
		return false, nil
	})
}

func (d decoder) deployment(path string, p *Deployment) error {
	return d.object(path, func(key string) (bool, error) {
		switch key {
		case "id":
			return true, text(d, &p.ID)
		case "provider":
			return true, text(d, &p.Provider)
		case "model":
			return true, text(d, &p.Model)
		case "cluster":
			return true, text(d, &p.Cluster)
		case "credential":
			return true, text(d, &p.Credential)
		case "authority":
			return true, text(d, &p.Authority)
		case "paths":
			return true, array(d, at(path, key), &p.Paths, d.apiPath)
		case "headers":
			return true, array(d, at(path, key), &p.Headers, d.header)
		case "share":
			return true, d.number(&p.Share)
		case "order":
			return true, d.whole(&p.Order)
		case "timeout_ms":
			return true, d.whole(&p.TimeoutMS)
		case "stream_timeout_ms":
			return true, d.whole(&p.StreamTimeoutMS)
		case "stall_timeout_ms":
			return true, d.whole(&p.StallTimeoutMS)
		case "rpm":
			return true, d.whole(&p.RPM)
		case "tpm":
			return true, d.whole(&p.TPM)
		case "max_parallel_requests":
			return true, d.whole(&p.MaxParallel)
		case "max_input_tokens":
			return true, d.whole(&p.MaxInputTokens)
		case "lacks":
			return true, d.texts(at(path, key), &p.Lacks)
		case "price":
			p.Price = new(Price)
			return true, d.price(at(path, key), p.Price)
		case "size":
			return true, d.number(&p.Size)
		case "tags":
			return true, d.texts(at(path, key), &p.Tags)
		case "region":
			return true, text(d, &p.Region)
		case "mock":
			p.Mock = new(string)
			return true, text(d, p.Mock)
		case "unconfigured":
			return true, text(d, &p.Unconfigured)
		case "breaker":
			p.Breaker = new(BreakerPolicy)
			return true, d.breaker(at(path, key), p.Breaker)
		}
		return false, nil
	})
}

func (d decoder) price(path string, p *Price) error {
	return d.object(path, func(key string) (bool, error) {
		switch key {
		case "input":
			return true, d.number(&p.Input)
		case "output":
			return true, d.number(&p.Output)
		case "cached_input":
			return true, d.number(&p.CachedInput)
		case "reasoning":
			return true, d.number(&p.Reasoning)
		}
		return false, nil
	})
}

func (d decoder) apiPath(path string, p *APIPath) error {
	return d.object(path, func(key string) (bool, error) {
		switch key {
		case "api":
			return true, text(d, &p.API)
		case "path":
			return true, text(d, &p.Path)
		}
		return false, nil
	})
}

func (d decoder) header(path string, h *Header) error {
	return d.object(path, func(key string) (bool, error) {
		switch key {
		case "name":
			return true, text(d, &h.Name)
		case "value":
			return true, text(d, &h.Value)
		}
		return false, nil
	})
}

func (d decoder) limits(path string, l *Limits) error {
	return d.object(path, func(key string) (bool, error) {
		switch key {
		case "max_body_bytes":
			return true, d.whole(&l.MaxBodyBytes)
		case "max_concurrent_requests":
			return true, d.whole(&l.MaxConcurrentRequests)
		}
		return false, nil
	})
}

func (d decoder) retry(path string, p *RetryPolicy) error {
	return d.object(path, func(key string) (bool, error) {
		switch key {
		case "budget_percent":
			return true, d.whole(&p.BudgetPercent)
		case "budget_floor":
			return true, d.whole(&p.BudgetFloor)
		case "max_attempts":
			return true, d.whole(&p.MaxAttempts)
		}
		return false, nil
	})
}

func (d decoder) health(path string, h *Health) error {
	return d.object(path, func(key string) (bool, error) {
		if key == "min_models" {
			return true, d.whole(&h.MinModels)
		}
		return false, nil
	})
}

func (d decoder) classCount(path string, c *ClassCount) error {
	return d.object(path, func(key string) (bool, error) {
		switch key {
		case "class":
			return true, text(d, &c.Class)
		case "count":
			return true, d.whole(&c.Count)
		}
		return false, nil
	})
}

func (d decoder) answer(path string, a *Answer) error {
	return d.object(path, func(key string) (bool, error) {
		switch key {
		case "litellm_headers":
			return true, d.boolean(&a.LiteLLMHeaders)
		case "stream_usage":
			return true, d.boolean(&a.StreamUsage)
		}
		return false, nil
	})
}

func (d decoder) breaker(path string, b *BreakerPolicy) error {
	return d.object(path, func(key string) (bool, error) {
		switch key {
		case "enabled":
			return true, d.boolean(&b.Enabled)
		case "failure_threshold":
			return true, d.whole(&b.FailureThreshold)
		case "threshold_by_class":
			return true, array(d, at(path, key), &b.ThresholdByClass, d.classCount)
		case "window_ms":
			return true, d.whole(&b.WindowMS)
		case "failure_percent":
			return true, d.whole(&b.FailurePercent)
		case "min_requests":
			return true, d.whole(&b.MinRequests)
		case "open_ms":
			return true, d.whole(&b.OpenMS)
		case "max_open_ms":
			return true, d.whole(&b.MaxOpenMS)
		case "success_threshold":
			return true, d.whole(&b.SuccessThreshold)
		case "half_open_requests":
			return true, d.whole(&b.HalfOpenRequests)
		}
		return false, nil
	})
}
