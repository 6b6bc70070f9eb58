package s3

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/routeiq/routeiq/plugins/artifact/artifacttest"
	"github.com/routeiq/routeiq/plugins/artifact/bundle"
	"github.com/routeiq/routeiq/plugins/litellm"
	"github.com/routeiq/routeiq/sync/source"
	"github.com/routeiq/routeiq/sync/source/sourcetest"
)

const planted = "planted-secret-access-key"

var schemes = map[string]source.Opener{"s3": Open}

// moto starts the server.
func moto(t *testing.T) string {
	return sourcetest.Server(t, "ROUTEIQ_MOTO", "moto_server", "/", func(port string) []string { return []string{"-H", "127.0.0.1", "-p", port} })
}

// environment is all that the SDK may find: nothing of the machine's own.
func environment(t *testing.T, endpoint string) {
	nowhere := filepath.Join(t.TempDir(), "none")
	for name, value := range map[string]string{
		"AWS_ACCESS_KEY_ID": "AKIAPLANTED", "AWS_SECRET_ACCESS_KEY": planted, "AWS_SESSION_TOKEN": "", "AWS_REGION": "", "AWS_DEFAULT_REGION": "",
		"AWS_ENDPOINT_URL": endpoint, "AWS_ENDPOINT_URL_S3": "", "AWS_PROFILE": "", "AWS_CONFIG_FILE": nowhere, "AWS_SHARED_CREDENTIALS_FILE": nowhere,
		"AWS_EC2_METADATA_DISABLED": "true",
	} {
		t.Setenv(name, value)
	}
}

// owner is who puts documents: a client of its own, straight to the server.
type owner struct{ *s3.Client }

func newOwner(server string) owner {
	return owner{s3.New(s3.Options{
		BaseEndpoint: &server, UsePathStyle: true, Region: "eu-west-1", Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "owner", SecretAccessKey: "owner"}, nil
		}),
	})}
}

func (o owner) bucket(t *testing.T, name string, versions bool) {
	t.Helper()
	place := &s3types.CreateBucketConfiguration{LocationConstraint: "eu-west-1"}
	if _, err := o.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &name, CreateBucketConfiguration: place}); err != nil {
		t.Fatal(err)
	}
	if !versions {
		return
	}
	on := &s3types.VersioningConfiguration{Status: s3types.BucketVersioningStatusEnabled}
	if _, err := o.PutBucketVersioning(t.Context(), &s3.PutBucketVersioningInput{Bucket: &name, VersioningConfiguration: on}); err != nil {
		t.Fatal(err)
	}
}

func (o owner) put(t *testing.T, bucket, key string, content []byte) {
	t.Helper()
	if _, err := o.PutObject(t.Context(), &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: bytes.NewReader(content)}); err != nil {
		t.Fatal(err)
	}
}

func (o owner) remove(t *testing.T, bucket, key string) {
	t.Helper()
	if _, err := o.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: &bucket, Key: &key}); err != nil {
		t.Fatal(err)
	}
}

// TestSuite runs over a moto server, with Amazon's own SDK on our side.
func TestSuite(t *testing.T) {
	server := moto(t)
	n := 0
	for name, versions := range map[string]bool{"plain": false, "versioned": true} {
		t.Run(name, func(t *testing.T) {
			sourcetest.Run(t, func(t *testing.T) *sourcetest.Subject {
				faults := sourcetest.NewFaults(t, server)
				environment(t, faults.URL)
				n++
				in := fmt.Sprintf("bucket-%d", n)
				own := newOwner(server)
				own.bucket(t, in, versions)
				s, err := source.Open("s3://"+in+"/fleet/config.yaml", source.Options{Schemes: schemes, MaxBytes: sourcetest.MaxBytes})
				if err != nil {
					t.Fatal(err)
				}
				return &sourcetest.Subject{
					Source: s, Faults: faults, Secret: []string{planted, "AKIAPLANTED"},
					Put:    func(t *testing.T, content []byte) { own.put(t, in, "fleet/config.yaml", content) },
					Remove: func(t *testing.T) { own.remove(t, in, "fleet/config.yaml") },
				}
			})
		})
	}
	t.Run("pinned version", func(t *testing.T) { pinned(t, server) })
	t.Run("endpoint by name", func(t *testing.T) { named(t, server) })
	t.Run("artifact", func(t *testing.T) { artifact(t, server) })
}

// pinned: the version of a revision can be named, and stays what it was.
func pinned(t *testing.T, server string) {
	environment(t, server)
	own := newOwner(server)
	own.bucket(t, "pinned", true)
	own.put(t, "pinned", "c.yaml", []byte("one: 1"))
	d := fetch(t, "s3://pinned/c.yaml")
	_, version, ok := strings.Cut(d.Revision.Validator(), versioned)
	if !ok || version == "" {
		t.Fatalf("revision %q has no version", d.Revision)
	}
	own.put(t, "pinned", "c.yaml", []byte("two: 2"))
	if d := fetch(t, "s3://pinned/c.yaml"); string(d.Body) != "two: 2" {
		t.Errorf("newest: %q", d.Body)
	}
	if d := fetch(t, "s3://pinned/c.yaml?versionId="+version); string(d.Body) != "one: 1" {
		t.Errorf("pinned: %q", d.Body)
	}
}

// named: an endpoint that has a name is asked under that name, not under one with the bucket before it.
func named(t *testing.T, server string) {
	environment(t, "http://127.0.0.1:9") // the variable for all services gives way to the one for S3
	t.Setenv("AWS_ENDPOINT_URL_S3", strings.Replace(server, "127.0.0.1", "localhost", 1))
	own := newOwner(server)
	own.bucket(t, "named", false)
	own.put(t, "named", "a b?c.yaml", []byte("one: 1"))
	if d := fetch(t, "s3://named/a%20b%3Fc.yaml"); string(d.Body) != "one: 1" {
		t.Errorf("fetch: %q", d.Body)
	}
}

// artifact: the trained model that a document names beside itself comes with it, whole, and a changed one is another revision.
func artifact(t *testing.T, server string) {
	environment(t, server)
	own := newOwner(server)
	own.bucket(t, "models", false)
	own.put(t, "models", "fleet/config.yaml", []byte(`
model_list:
  - {model_name: g, litellm_params: {model: openai/a, mock_response: a}}
  - {model_name: g, litellm_params: {model: openai/b, mock_response: b}}
  - {model_name: g, litellm_params: {model: openai/c, mock_response: c}}
routing: {groups: {g: {routing_strategy: llmrouter-knn, routing_strategy_args: {artifact: knn}}}}
`))
	const url = "s3://models/fleet/config.yaml"
	open := func(url string) (source.Source, error) {
		return source.Open(url, source.Options{Schemes: schemes, MaxBytes: bundle.MaxBytes})
	}
	document, err := open(url)
	if err != nil {
		t.Fatal(err)
	}
	all := source.WithArtifacts(document, url, open)
	digests := map[string]bool{}
	var have source.Revision
	for _, dimension := range []int{256, 512} {
		manifest, tensors := artifacttest.Example("knn", "routeiq/ngram-1", dimension)
		own.put(t, "models", "fleet/knn/manifest.json", manifest)
		own.put(t, "models", "fleet/knn/model.safetensors", tensors)
		d, err := all.Fetch(t.Context(), have)
		if err != nil {
			t.Fatal(err)
		}
		have = d.Revision
		c, err := litellm.Compile(litellm.Source{Path: "config.yaml", Read: d.Reader("config.yaml"), Getenv: os.LookupEnv})
		if err != nil {
			t.Fatal(err)
		}
		digests[c.Config.Artifacts[0].Digest] = true
		if _, err := all.Fetch(t.Context(), have); !errors.Is(err, source.ErrNotModified) {
			t.Errorf("nothing changed: %v", err)
		}
	}
	if len(digests) != 2 {
		t.Errorf("two models have the digests %v", digests)
	}
}

func fetch(t *testing.T, url string) source.Document {
	t.Helper()
	s, err := source.Open(url, source.Options{Schemes: schemes})
	if err != nil {
		t.Fatal(err)
	}
	d, err := s.Fetch(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestFailures: what Amazon's own server says and moto does not, and no credentials.
func TestFailures(t *testing.T) {
	faults := sourcetest.NewFaults(t, "http://127.0.0.1:9")
	environment(t, faults.URL)
	s, err := source.Open("s3://b/c.yaml", source.Options{Schemes: schemes})
	if err != nil {
		t.Fatal(err)
	}
	faults.Status(http.StatusMovedPermanently, "")
	if _, err := s.Fetch(t.Context(), ""); !errors.Is(err, source.ErrRefused) || !strings.Contains(err.Error(), "AWS_REGION") {
		t.Errorf("another region: %v", err)
	}
	t.Setenv("AWS_ACCESS_KEY_ID", "")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "")
	if s, err = source.Open("s3://b/c.yaml", source.Options{Schemes: schemes}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Fetch(t.Context(), ""); !errors.Is(err, source.ErrRefused) || !strings.Contains(err.Error(), "AWS_PROFILE") {
		t.Errorf("no credentials: %v", err)
	}
	t.Setenv("AWS_PROFILE", "gone")
	if s, err = source.Open("s3://b/c.yaml", source.Options{Schemes: schemes}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Fetch(t.Context(), ""); err == nil || !strings.Contains(err.Error(), "gone") {
		t.Errorf("no such profile: %v", err)
	}
}

// TestOpen: what is no object.
func TestOpen(t *testing.T) {
	for url, want := range map[string]string{
		"s3://bucket": "expected s3://BUCKET/KEY", "s3:///key": "expected s3://BUCKET/KEY", "s3://b/k?region=eu": "AWS_REGION",
		"s3://AKIA:" + planted + "@b/k": "expected none",
	} {
		if _, err := source.Open(url, source.Options{Schemes: schemes}); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), planted) {
			t.Errorf("%s: %v", url, err)
		}
	}
}
