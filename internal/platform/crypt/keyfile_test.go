package crypt

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestKeyFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "anxin.key")
	if _, err := LoadKeyFile(path); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("LoadKeyFile of nothing = %v", err)
	}
	f, err := CreateKeyFile(path)
	if err != nil {
		t.Fatal(err)
	}
	st, err := os.Stat(path)
	if err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("mode = %v, %v; want 0600", st.Mode(), err)
	}
	again, err := CreateKeyFile(path)
	if err != nil || again.Fingerprint() != f.Fingerprint() {
		t.Errorf("CreateKeyFile over a file = %v; want the file that was there", err)
	}
	if names, err := os.ReadDir(filepath.Dir(path)); err != nil || len(names) != 1 {
		t.Errorf("files left beside the key: %v, %v", names, err)
	}
	if a, b := f.Derive("a"), f.Derive("b"); string(a) == string(b) || string(a) != string(again.Derive("a")) || len(a) != 32 {
		t.Error("Derive: want 32 bytes, the same for a purpose, different between purposes")
	}
	for _, mode := range []fs.FileMode{0o640, 0o604, 0o660, 0o644} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if _, err := LoadKeyFile(path); !errors.Is(err, ErrKeyFileOpen) {
			t.Errorf("LoadKeyFile with mode %04o = %v, want ErrKeyFileOpen", mode, err)
		}
	}
}

func TestKeyFileOfOtherHands(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	good, err := CreateKeyFile(filepath.Join(dir, "good"))
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(good.path)
	if err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string]string{
		"empty":         "",
		"no json":       "key",
		"other format":  strings.Replace(string(text), `"anxin_key_file": 1`, `"anxin_key_file": 9`, 1),
		"short secret":  strings.Replace(string(text), `"secret": "`, `"secret": "AAAA`, 1),
		"short master":  strings.Replace(string(text), `"key": "`, `"key": "AAAA`, 1),
		"no current":    strings.Replace(string(text), `"current": 1`, `"current": 3`, 1),
		"cut in half":   string(text[:len(text)/2]),
		"zero versions": strings.Replace(string(text), `"version": 1`, `"version": 0`, 1),
	} {
		path := filepath.Join(dir, "bad")
		if err := os.WriteFile(path, []byte(bad), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := LoadKeyFile(path)
		if !errors.Is(err, ErrKeyFileInvalid) {
			t.Errorf("%s: LoadKeyFile = %v, want ErrKeyFileInvalid", name, err)
		} else if strings.Contains(err.Error(), good.body.Secret[:8]) {
			t.Errorf("%s: the error tells the secret: %v", name, err)
		}
	}
	// A running process does not take over the file of another installation.
	other, err := CreateKeyFile(filepath.Join(dir, "other"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(other.path, good.path); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(good.path, time.Now(), time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if err := good.reload(0); !errors.Is(err, ErrKeyFileOther) {
		t.Errorf("reload of another installation's file = %v, want ErrKeyFileOther", err)
	}
}

func TestCacheIsBounded(t *testing.T) {
	t.Parallel()
	c := newCache(3, time.Hour)
	for _, id := range []KeyID{"a", "b", "c"} {
		c.put(id, &dataKey{})
	}
	c.get("a") // used: b is the oldest now
	c.put("d", &dataKey{})
	for id, want := range map[KeyID]bool{"a": true, "b": false, "c": true, "d": true} {
		if key, _ := c.get(id); (key != nil) != want {
			t.Errorf("%s in the cache: %v, want %v", id, key != nil, want)
		}
	}
	if c.len() != 3 {
		t.Errorf("len = %d, want 3", c.len())
	}
	old := newCache(3, -time.Second)
	old.put("a", &dataKey{})
	if key, _ := old.get("a"); key != nil {
		t.Error("an entry outlived its time")
	}
}
