package files

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"

	"anxin/internal/platform/dbtest"
)

func get(t *testing.T, s Store, key string, off, length int64) string {
	t.Helper()
	r, err := s.Get(t.Context(), key, off, length)
	if err != nil {
		t.Fatalf("Get(%s, %d, %d) = %v", key, off, length, err)
	}
	b, err := io.ReadAll(r)
	if err = errors.Join(err, r.Close()); err != nil {
		t.Fatalf("read %s: %v", key, err)
	}
	return string(b)
}

// testStore is what every [Store] must do.
func testStore(t *testing.T, s Store) {
	ctx := t.Context()
	put := func(key, body string, size int) error {
		return s.Put(ctx, key, struct{ io.Reader }{strings.NewReader(body)}, int64(size))
	}
	if err := s.Check(ctx); err != nil {
		t.Fatalf("Check = %v", err)
	}
	if err := put("f/a/one", "hello world", 11); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		off, length int64
		want        string
	}{{0, -1, "hello world"}, {6, -1, "world"}, {0, 5, "hello"}, {4, 3, "o w"}, {3, 0, ""}} {
		if got := get(t, s, "f/a/one", tt.off, tt.length); got != tt.want {
			t.Errorf("Get(%d, %d) = %q, want %q", tt.off, tt.length, got, tt.want)
		}
	}
	if err := put("f/a/one", "again", 5); err != nil || get(t, s, "f/a/one", 0, -1) != "again" {
		t.Errorf("replacing = %v", err)
	}
	st, err := s.Stat(ctx, "f/a/one")
	if err != nil || st.Size != 5 || time.Since(st.ModTime).Abs() > time.Minute {
		t.Errorf("Stat = %+v, %v", st, err)
	}
	if err := put("f/a/short", "abc", 5); err == nil {
		t.Error("Put of less than was announced succeeded")
	}
	if err := put("f/a/long", "abcdef", 5); err == nil {
		t.Error("Put of more than was announced succeeded")
	}
	broken := io.MultiReader(strings.NewReader("abc"), errReader{})
	if err := s.Put(ctx, "f/a/broken", broken, 10); err == nil {
		t.Error("Put of a broken body succeeded")
	}
	big := bytes.Repeat([]byte("0123456789abcdef"), 20<<16) // 20 MB, several parts on S3
	if err := s.Put(ctx, "f/b/big", struct{ io.Reader }{bytes.NewReader(big)}, int64(len(big))); err != nil {
		t.Fatal(err)
	}
	if got := get(t, s, "f/b/big", int64(len(big))-20, 10); got != "cdef012345" {
		t.Errorf("range of a large object = %q", got)
	}
	for _, key := range []string{"f/a/short", "f/a/long", "f/a/broken", "f/none", "f/a"} {
		if _, err := s.Stat(ctx, key); !errors.Is(err, ErrMissing) {
			t.Errorf("Stat(%s) = %v, want ErrMissing", key, err)
		}
		if r, err := s.Get(ctx, key, 0, 3); err == nil {
			if _, err = io.ReadAll(r); err == nil {
				t.Errorf("Get(%s) succeeded", key)
			}
		} else if key != "f/a" && !errors.Is(err, ErrMissing) {
			t.Errorf("Get(%s) = %v, want ErrMissing", key, err)
		}
	}
	if err := put("g/c/three", "3", 1); err != nil {
		t.Fatal(err)
	}
	list := func(prefix string) (keys []string) {
		for info, err := range s.List(ctx, prefix) {
			if err != nil {
				t.Fatalf("List(%s): %v", prefix, err)
			}
			keys = append(keys, fmt.Sprintf("%s %d", info.Key, info.Size))
		}
		slices.Sort(keys)
		return keys
	}
	if got := fmt.Sprint(list("f/")); got != fmt.Sprintf("[f/a/one 5 f/b/big %d]", len(big)) {
		t.Errorf("List(f/) = %s", got)
	}
	if got := len(list("")); got != 3 {
		t.Errorf("List of all = %d keys, want 3", got)
	}
	for range s.List(ctx, "") {
		break // a caller may stop
	}
	for range 2 {
		if err := s.Delete(ctx, "f/a/one"); err != nil {
			t.Errorf("Delete = %v", err)
		}
	}
	if got := list("f/a/"); len(got) != 0 {
		t.Errorf("after Delete = %v", got)
	}
	for _, key := range []string{"", "/etc/passwd", "../x", "f/../../x", "f//x", "f/./x", "f\\x", "F/x", "f/x\x00", "f/x.y", "f/" + strings.Repeat("a", 300)} {
		_, errStat := s.Stat(ctx, key)
		_, errGet := s.Get(ctx, key, 0, -1)
		for name, err := range map[string]error{"Put": put(key, "x", 1), "Stat": errStat, "Get": errGet, "Delete": s.Delete(ctx, key)} {
			if !errors.Is(err, errKey) {
				t.Errorf("%s(%q) = %v, want errKey", name, key, err)
			}
		}
	}
	ended, cancel := context.WithCancel(ctx)
	cancel()
	if err := s.Put(ended, "f/ended", strings.NewReader("x"), 1); err == nil {
		t.Error("Put with an ended context succeeded")
	}
}

type errReader struct{}

func (errReader) Read([]byte) (int, error) { return 0, errors.New("line broke") }

func TestLocal(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, err := OpenLocal(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	testStore(t, s)
	if left, err := os.ReadDir(filepath.Join(dir, tempDir)); err != nil || len(left) != 0 {
		t.Errorf("temporary files left: %v, %v", left, err)
	}

	// Neither a symbolic link nor the temporary folder is a way out or in.
	outside := t.TempDir()
	if err := os.WriteFile(filepath.Join(outside, "secret"), []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(dir, "f", "link")); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Get(t.Context(), "f/link/secret", 0, -1); err == nil {
		t.Error("a symbolic link led out of the folder")
	}
	if err := s.Put(t.Context(), "f/link/mine", strings.NewReader("x"), 1); err == nil {
		t.Error("wrote through a symbolic link")
	}

	old := filepath.Join(dir, tempDir, "left-by-a-crash")
	if err := os.WriteFile(old, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(old, time.Now(), time.Now().Add(-2*tempOld)); err != nil {
		t.Fatal(err)
	}
	again, err := OpenLocal(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = again.Close() }()
	if _, err := os.Stat(old); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an old temporary file is still there: %v", err)
	}
}

// TestS3 runs against a real server: versitygw (Apache-2.0) from ANXIN_TEST_S3 or the PATH.
func TestS3(t *testing.T) {
	t.Parallel()
	s := startS3(t)
	testStore(t, s)
	s.bucket = "other"
	if err := s.Check(t.Context()); err == nil {
		t.Error("Check of a bucket that is not there succeeded")
	}
}

func startS3(t *testing.T) *S3 {
	t.Helper()
	bin := os.Getenv("ANXIN_TEST_S3")
	if bin == "" {
		var err error
		if bin, err = exec.LookPath("versitygw"); err != nil {
			t.Skip("S3: put versitygw on the PATH (go install github.com/versity/versitygw/cmd/versitygw@v1.8.0) or name it in ANXIN_TEST_S3")
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	cmd := exec.Command(bin, "--quiet", "--access", "test", "--secret", "test-secret", "--port", addr, "posix", "--sidecar", t.TempDir(), t.TempDir())
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("S3 server: %s", out.String())
		}
	})
	dbtest.Until(t, "the S3 server answers", func() bool {
		resp, err := http.Get("http://" + addr)
		if err == nil {
			_ = resp.Body.Close()
		}
		return err == nil
	})
	s, err := OpenS3(S3Options{Endpoint: addr, Bucket: "anxin", Prefix: "inst/", Region: "us-east-1", AccessKey: "test", SecretKey: "test-secret", PathStyle: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.core.MakeBucket(t.Context(), "anxin", minio.MakeBucketOptions{}); err != nil {
		t.Fatalf("make bucket: %v", err)
	}
	return s
}
