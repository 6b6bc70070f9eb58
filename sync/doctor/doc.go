// Package doctor looks at a running Envoy or at a configuration for one, and at what stands beside it: the module's file, the
// source, the agent, the database and the keys. It says what is wrong and what to do. It changes nothing.
//
//	ReadAdmin, ReadFile ─▶ Proxy ─┐
//	ReadModule          ─▶ Module ├─▶ Subject ─▶ Examine: each of Checks looks ─▶ Report
//	ReadAgent           ─▶ Agent ─┤
//	ReadDatabase     ─▶ Database ─┘
//
// Each check is one row of Checks, in a file of its own with a test that breaks a good configuration on purpose. What a
// check could not look at, because it was not given, stands in the report too: no finding is not the same as not looked.
//
// No secret is held: the values of secrets and of literal headers are taken out of what is read before anything looks at it.
package doctor
