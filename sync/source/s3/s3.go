// Package s3 reads a configuration from a bucket of Amazon S3, or of what speaks its protocol: s3://BUCKET/KEY. Credentials,
// region, profile and endpoint are found as by every AWS tool: variables (AWS_PROFILE, AWS_REGION, AWS_ENDPOINT_URL_S3 or
// AWS_ENDPOINT_URL, …), files, web identity, and the roles of containers and machines.
package s3

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/routeiq/routeiq/sync/source"
)

// anyRegion signs where no region is configured: servers other than Amazon's do not look at it, Amazon's say the right one.
const anyRegion = "us-east-1"

// versioned stands between the ETag and the version in a validator.
const versioned = " version:"

// Source is an object. Make one with Open.
type Source struct {
	bucket, key, version string
	max                  int64

	mu     sync.Mutex
	client *s3.Client // made by the first fetch that can: looking for credentials may ask the network
}

var (
	_ source.Opener = Open
	_ source.Source = (*Source)(nil)
)

// Open opens s3://BUCKET/KEY. The query versionId=ID pins a version of the object.
func Open(u *url.URL, o source.Options) (source.Source, error) {
	s := &Source{bucket: u.Host, key: strings.TrimPrefix(u.Path, "/"), max: o.MaxBytes}
	query := u.Query()
	s.version = query.Get("versionId")
	query.Del("versionId")
	switch {
	case u.User != nil:
		return nil, fmt.Errorf("s3://%s/%s: has a user in it, expected none: credentials come from the environment, files and roles", s.bucket, s.key)
	case s.bucket == "" || s.key == "":
		return nil, fmt.Errorf("s3://%s/%s: lacks the bucket or the key, expected s3://BUCKET/KEY", s.bucket, s.key)
	case len(query) > 0:
		return nil, fmt.Errorf("%s: has a query other than versionId=ID; regions and endpoints are set by AWS_REGION and AWS_ENDPOINT_URL_S3", s)
	}
	return s, nil
}

// String implements source.Source.
func (s *Source) String() string {
	name := "s3://" + s.bucket + "/" + s.key
	if s.version != "" {
		name += "?versionId=" + s.version
	}
	return name
}

// Fetch implements source.Source.
func (s *Source) Fetch(ctx context.Context, have source.Revision) (d source.Document, err error) {
	client, err := s.open(ctx)
	if err != nil {
		return d, s.failure(ctx, err)
	}
	in := &s3.GetObjectInput{Bucket: &s.bucket, Key: &s.key}
	if s.version != "" {
		in.VersionId = &s.version
	}
	etag, _, _ := strings.Cut(have.Validator(), versioned)
	if etag != "" {
		in.IfNoneMatch = &etag
	}
	out, err := client.GetObject(ctx, in)
	if err != nil {
		var answer *smithyhttp.ResponseError
		if errors.As(err, &answer) && answer.HTTPStatusCode() == http.StatusNotModified && etag != "" {
			return d, source.ErrNotModified
		}
		return d, s.failure(ctx, err)
	}
	defer func() {
		if closed := out.Body.Close(); err == nil && closed != nil {
			d, err = source.Document{}, source.Failure(s.String(), closed)
		}
	}()
	body, err := source.ReadAll(out.Body, s.max)
	switch {
	case errors.Is(err, source.ErrTooLarge):
		return d, source.Failure(s.String(), err)
	case err != nil && ctx.Err() != nil:
		return d, source.Failure(s.String(), ctx.Err())
	case err != nil: // the SDK's text for a wrong checksum has no type
		return d, &source.Error{URL: s.String(), Reason: source.ErrCut, Detail: "fewer bytes came than were announced, or not those of the checksum", Do: "it is fetched again"}
	}
	validator := aws.ToString(out.ETag)
	if v := aws.ToString(out.VersionId); v != "" && v != "null" { // "null" is the version of a bucket without versions
		validator += versioned + v
	}
	return source.Since(have, validator, source.Document{Body: body, Modified: aws.ToTime(out.LastModified)})
}

// open returns the client.
func (s *Source) open(ctx context.Context) (*s3.Client, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.client != nil {
		return s.client, nil
	}
	// Who polls tries again, at growing distances and with a status to show: the SDK's own tries would hide both.
	c, err := config.LoadDefaultConfig(ctx, config.WithRetryer(func() aws.Retryer { return aws.NopRetryer{} }))
	if err != nil {
		return nil, err
	}
	if c.Region == "" {
		c.Region = anyRegion
	}
	s.client = s3.NewFromConfig(c, func(o *s3.Options) {
		// A bucket is no host of a server of one's own: http://minio:9000/BUCKET, not http://BUCKET.minio:9000.
		o.UsePathStyle = o.BaseEndpoint != nil
		o.DisableLogOutputChecksumValidationSkipped = true // objects of old have none, at each fetch
	})
	return s.client, nil
}

// code is what the code of an S3 error looks like: a server's other words are not repeated.
var code = regexp.MustCompile(`^[A-Za-z.]{1,64}$`)

// failure says what an error of the SDK means. The SDK's own text repeats requests and answers; it is not used.
func (s *Source) failure(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return source.Failure(s.String(), ctx.Err())
	}
	var answer *smithyhttp.ResponseError
	var api smithy.APIError
	if !errors.As(err, &answer) || answer.Response == nil || answer.HTTPStatusCode() == 0 {
		var signing *smithy.OperationError
		text := err.Error()
		if errors.As(err, &signing) && (strings.Contains(text, "get identity") || strings.Contains(text, "retrieve credentials") || strings.Contains(text, "get credentials")) {
			return &source.Error{URL: s.String(), Reason: source.ErrRefused, Detail: "no AWS credentials were found, or they could not be renewed",
				Do: "set AWS_PROFILE, AWS_ACCESS_KEY_ID with AWS_SECRET_ACCESS_KEY, or give the machine a role"}
		}
		return source.Failure(s.String(), deepest(err))
	}
	said := ""
	if errors.As(err, &api) && code.MatchString(api.ErrorCode()) {
		said = api.ErrorCode()
	}
	e := source.Answered(s.String(), answer.HTTPStatusCode(), said, answer.Response.Header)
	switch answer.HTTPStatusCode() {
	case http.StatusMovedPermanently, http.StatusTemporaryRedirect:
		e.Reason, e.Do = source.ErrRefused, "the bucket is in another region: set AWS_REGION"
		if region := answer.Response.Header.Get("X-Amz-Bucket-Region"); region != "" {
			e.Do += " to " + region
		}
	case http.StatusForbidden:
		e.Do = "let the credential do s3:GetObject on the object, and s3:ListBucket on the bucket: without that one a missing object is refused, too"
	}
	return e
}

// deepest is the error at the bottom: of the network, without the request that is wrapped around it.
func deepest(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u
	}
	for next := errors.Unwrap(err); next != nil; next = errors.Unwrap(err) {
		err = next
	}
	return err
}
