// Package diff says what one configuration changes of another: which deployments come, go and change, by their ids and not
// by their names or places, and which settings change beside them. A changed key is seen, and never shown.
package diff
