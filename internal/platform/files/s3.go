package files

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"strings"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

// S3Options name a bucket of an S3 server; it must exist.
type S3Options struct {
	Endpoint  string // host:port, without scheme
	Bucket    string
	Prefix    string // put before every key, such as "anxin/"
	Region    string
	AccessKey string
	SecretKey string
	PathStyle bool // bucket in the path, also on servers known to take it in the host name
	TLS       bool // https
}

// S3 keeps bytes in a bucket.
type S3 struct {
	core   minio.Core
	bucket string
	prefix string
}

// OpenS3 makes a client; it sends nothing yet. [S3.Check] tells whether the bucket can be reached.
func OpenS3(o S3Options) (*S3, error) {
	if o.Endpoint == "" || o.Bucket == "" {
		return nil, errors.New("files: S3 needs an endpoint and a bucket")
	}
	lookup := minio.BucketLookupAuto
	if o.PathStyle {
		lookup = minio.BucketLookupPath
	}
	core, err := minio.NewCore(o.Endpoint, &minio.Options{
		Creds:  credentials.NewStaticV4(o.AccessKey, o.SecretKey, ""),
		Secure: o.TLS, Region: o.Region, BucketLookup: lookup, MaxRetries: 4,
	})
	if err != nil {
		return nil, fmt.Errorf("S3 client: %w", err)
	}
	return &S3{core: *core, bucket: o.Bucket, prefix: o.Prefix}, nil
}

// Put implements [Store]. Bytes are sealed by us, so their type is nobody's business.
func (s *S3) Put(ctx context.Context, key string, body io.Reader, size int64) error {
	if err := validKey(key); err != nil {
		return err
	}
	exact := &exactReader{r: body, left: size}
	_, err := s.core.Client.PutObject(ctx, s.bucket, s.prefix+key, exact, size,
		minio.PutObjectOptions{ContentType: "application/octet-stream", PartSize: 16 << 20})
	if err != nil {
		return fmt.Errorf("store %s: %w", key, err)
	}
	if !exact.done() {
		return errors.Join(fmt.Errorf("store %s: %w", key, errShort), s.Delete(ctx, key))
	}
	return nil
}

// exactReader knows whether its source holds just the bytes that were announced.
type exactReader struct {
	r    io.Reader
	left int64
}

func (e *exactReader) Read(p []byte) (int, error) {
	if e.left == 0 {
		return 0, io.EOF
	}
	n, err := e.r.Read(p[:min(int64(len(p)), e.left)])
	e.left -= int64(n)
	if errors.Is(err, io.EOF) && e.left > 0 {
		err = errShort
	}
	return n, err
}

func (e *exactReader) done() bool {
	n, err := e.r.Read(make([]byte, 1))
	return e.left == 0 && n == 0 && errors.Is(err, io.EOF)
}

func missing(err error) bool {
	r := minio.ToErrorResponse(err)
	return r.Code == "NoSuchKey" || r.StatusCode == http.StatusNotFound && r.Code != "NoSuchBucket"
}

// Get implements [Store].
func (s *S3) Get(ctx context.Context, key string, off, length int64) (io.ReadCloser, error) {
	if err := validKey(key); err != nil {
		return nil, err
	}
	var o minio.GetObjectOptions
	switch {
	case length == 0:
		if _, err := s.Stat(ctx, key); err != nil { // a range of nothing cannot be asked for
			return nil, err
		}
		return io.NopCloser(strings.NewReader("")), nil
	case length > 0:
		if err := o.SetRange(off, off+length-1); err != nil {
			return nil, err
		}
	case off > 0:
		if err := o.SetRange(off, 0); err != nil {
			return nil, err
		}
	}
	body, _, _, err := s.core.GetObject(ctx, s.bucket, s.prefix+key, o)
	if err != nil {
		if missing(err) {
			return nil, ErrMissing
		}
		return nil, fmt.Errorf("read %s: %w", key, err)
	}
	return body, nil
}

// Stat implements [Store].
func (s *S3) Stat(ctx context.Context, key string) (Info, error) {
	if err := validKey(key); err != nil {
		return Info{}, err
	}
	st, err := s.core.StatObject(ctx, s.bucket, s.prefix+key, minio.StatObjectOptions{})
	if err != nil {
		if missing(err) {
			return Info{}, ErrMissing
		}
		return Info{}, fmt.Errorf("stat %s: %w", key, err)
	}
	return Info{Key: key, Size: st.Size, ModTime: st.LastModified}, nil
}

// Delete implements [Store].
func (s *S3) Delete(ctx context.Context, key string) error {
	if err := validKey(key); err != nil {
		return err
	}
	if err := s.core.RemoveObject(ctx, s.bucket, s.prefix+key, minio.RemoveObjectOptions{}); err != nil && !missing(err) {
		return fmt.Errorf("delete %s: %w", key, err)
	}
	return nil
}

// List implements [Store].
func (s *S3) List(ctx context.Context, prefix string) iter.Seq2[Info, error] {
	return func(yield func(Info, error) bool) {
		ctx, cancel := context.WithCancel(ctx) // ends the lister when the caller stops early
		defer cancel()
		for o := range s.core.ListObjectsIter(ctx, s.bucket, minio.ListObjectsOptions{Prefix: s.prefix + prefix, Recursive: true}) {
			if o.Err != nil {
				yield(Info{}, fmt.Errorf("list files: %w", o.Err))
				return
			}
			if !yield(Info{Key: strings.TrimPrefix(o.Key, s.prefix), Size: o.Size, ModTime: o.LastModified}, nil) {
				return
			}
		}
	}
}

// Check implements [Store].
func (s *S3) Check(ctx context.Context) error {
	ok, err := s.core.BucketExists(ctx, s.bucket)
	if err != nil {
		return fmt.Errorf("reach S3: %w", err)
	}
	if !ok {
		return fmt.Errorf("reach S3: no bucket %q", s.bucket)
	}
	return nil
}
