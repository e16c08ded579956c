// Package config is the one place that knows how an installation is set up.
//
// Settings come, each overriding the one before, from defaults, a JSON file
// (// comments allowed), environment variables and command-line flags. The
// names agree everywhere: smtp.host in the file ({"smtp": {"host": …}}),
// ANXIN_SMTP_HOST in the environment, --smtp-host on the command line. Unknown
// names fail, and so do values that cannot be right, each with the key's name
// and where it was read.
//
// A secret may also be given as a file that holds it: smtp.password_file,
// ANXIN_SMTP_PASSWORD_FILE. Secrets have no flag, since command lines are
// visible to everybody on the machine, and a type that never prints. The one
// exception is --database, whose address need not hold a password.
//
// What a firm changes while the program runs (targets, texts, roles) is data
// of the modules and not here. The package owns no table.
package config

import (
	"net"
	"net/netip"
	"path/filepath"
	"strings"
	"time"
)

// Config is every setting. The doc tags are what docs/config.md shows.
type Config struct {
	Listen         string   `key:"listen" default:"127.0.0.1:8470" doc:"Address and port to serve on. Only this machine can reach the default; use 0.0.0.0:8470 or [::]:8470 to serve the network."`
	PublicURL      string   `key:"public_url" doc:"Address under which people reach the server, as it appears in links and messages, such as https://service.example.com. Empty: derived from listen."`
	DataDir        string   `key:"data_dir" default:"data" doc:"Folder for the SQLite database, local files and the master key. Created when missing."`
	Database       Secret   `key:"database" flag:"yes" doc:"Empty: SQLite in data_dir. Otherwise postgres://user:password@host:port/name, PostgreSQL 15 or later. As a flag, leave the password out (~/.pgpass or PGPASSWORD serve): command lines are visible."`
	MasterKeyFile  string   `key:"master_key_file" doc:"File with the key that protects personal data. Empty: master.key in data_dir, made on first start. Keep a copy apart from the backups: without it nobody can read them."`
	Jobs           bool     `key:"jobs" default:"true" doc:"Whether this process also works the background jobs. Off on nodes that leave them to anxin worker."`
	Timezone       string   `key:"timezone" default:"Asia/Shanghai" doc:"Time zone of the firm; places may have their own."`
	DefaultLang    string   `key:"default_lang" default:"zh-CN" doc:"Language for people who chose none: zh-CN or en."`
	TrustedProxies []string `key:"trusted_proxies" doc:"Addresses or networks (10.0.0.0/8) of proxies whose X-Forwarded-For and X-Forwarded-Proto are believed. Empty: nobody's."`

	TLS      TLS      `key:"tls"`
	Log      Log      `key:"log"`
	Metrics  Metrics  `key:"metrics"`
	Files    Files    `key:"files"`
	SMTP     SMTP     `key:"smtp"`
	SMS      SMS      `key:"sms"`
	Webhooks Webhooks `key:"webhooks"`
	Travel   Travel   `key:"travel"`
	Limits   Limits   `key:"limits"`
}

// TLS is the server's certificate.
type TLS struct {
	CertFile string `key:"cert_file" doc:"PEM file with the certificate and its chain. Empty: plain HTTP, for use behind a proxy."`
	KeyFile  string `key:"key_file" doc:"PEM file with the certificate's private key."`
}

// On tells whether the server speaks TLS itself.
func (t TLS) On() bool { return t.CertFile != "" }

// Log is how much the server says, and how.
type Log struct {
	Level  string `key:"level" default:"info" oneof:"debug info warn error" doc:"Least severity that is written: debug, info, warn or error."`
	Format string `key:"format" default:"text" oneof:"text json" doc:"text for people, json for collectors."`
}

// Metrics is where Prometheus finds /metrics.
type Metrics struct {
	Listen string `key:"listen" doc:"Address of its own for /metrics, such as 127.0.0.1:9470. Empty: on the main address, for this machine only, or for whoever shows metrics.token."`
	Token  Secret `key:"token" doc:"Bearer token that opens /metrics on the main address to others."`
}

// Files is where uploaded and generated files live.
type Files struct {
	Kind string `key:"kind" default:"local" oneof:"local s3" doc:"local: a folder. s3: an S3-compatible object store."`
	Dir  string `key:"dir" doc:"Folder for kind local. Empty: files in data_dir."`
	S3   S3     `key:"s3"`
}

// S3 reaches the object store.
type S3 struct {
	Endpoint  string `key:"endpoint" doc:"Host, with port if needed, of the object store: s3.example.com, 127.0.0.1:9000."`
	Bucket    string `key:"bucket" doc:"Bucket that holds the files; it must exist."`
	Region    string `key:"region" default:"us-east-1" doc:"Region of the bucket."`
	AccessKey string `key:"access_key" doc:"Access key id."`
	SecretKey Secret `key:"secret_key" doc:"Secret access key."`
	TLS       bool   `key:"tls" default:"true" doc:"Whether the endpoint speaks https."`
}

// SMTP is the outgoing mail server.
type SMTP struct {
	Host     string `key:"host" doc:"Mail server for outgoing mail. Empty: mail is not sent, and the delivery log says so."`
	Port     int    `key:"port" default:"587" min:"1" max:"65535" doc:"Port of the mail server."`
	User     string `key:"user" doc:"User name. Empty: no sign-in."`
	Password Secret `key:"password" doc:"Password of the user."`
	From     string `key:"from" doc:"Sender, as in 安心服务 <service@example.com>."`
	TLS      string `key:"tls" default:"starttls" oneof:"starttls tls none" doc:"starttls (587), tls from the first byte (465), or none, which is refused together with a user."`
}

// SMS is the generic HTTP sender for text messages.
type SMS struct {
	URL         string   `key:"url" doc:"Address of the SMS gateway, called once a message. Empty: text messages are not sent, and the delivery log says so."`
	Method      string   `key:"method" default:"POST" oneof:"POST GET PUT" doc:"How the gateway is called; with GET everything stands in sms.url."`
	Headers     []string `key:"headers" doc:"Headers of the request, each Name: value; {secret} stands for sms.secret."`
	ContentType string   `key:"content_type" default:"application/json" doc:"Content type of the body."`
	Body        string   `key:"body" default:"{\"phone\": {phone}, \"text\": {text}}" doc:"Body of the request; {phone}, {text}, {id} (for the gateway to drop repeats) and {secret} are filled in, quoted for JSON or encoded for a form as the content type asks."`
	Secret      Secret   `key:"secret" doc:"What the gateway knows us by."`
	Accept      string   `key:"accept" doc:"What the answer holds when the gateway took the message, for gateways that answer 200 to everything."`
}

// Webhooks is how events reach other systems.
type Webhooks struct {
	AllowPrivate bool `key:"allow_private" doc:"Whether webhooks may go to addresses of the own network, and over plain http. Leave it off where people you don't trust may set webhooks up."`
}

// Travel is where dispatch knows from how long engineers are on the way.
type Travel struct {
	Kind    string        `key:"kind" default:"straight" oneof:"straight table osrm valhalla amap" doc:"straight: estimated from the straight line. table: read from travel.file, estimated where it says nothing. osrm, valhalla: a routing server of yours. amap: the distance service of 高德, with a key. What a service cannot tell is estimated."`
	URL     string        `key:"url" doc:"Address of the routing server, such as http://127.0.0.1:5000 (osrm) or http://127.0.0.1:8002 (valhalla). Empty for amap: its public address."`
	Key     Secret        `key:"key" doc:"Key for amap (Web 服务)."`
	File    string        `key:"file" doc:"File for kind table: CSV with from_lat, from_lon, to_lat, to_lon, seconds, metres and, optionally, profile and slice, or JSON with points, seconds and metres; told apart by .json at the end."`
	Points  int           `key:"points" default:"100" min:"2" max:"10000" doc:"Origins and destinations of one request together, no more than the routing server takes. amap has bounds of its own."`
	Percent int           `key:"percent" default:"100" min:"10" max:"1000" doc:"Times of the service are taken as this many percent: 120 makes ways a fifth longer."`
	Timeout time.Duration `key:"timeout" default:"5s" min:"100ms" max:"1m" doc:"Longest time to wait for one answer; a busy service is asked three times."`
}

// Limits protects the server from too much.
type Limits struct {
	BodyBytes     int64         `key:"body_bytes" default:"2097152" min:"1024" max:"104857600" doc:"Largest request body, in bytes."`
	UploadBytes   int64         `key:"upload_bytes" default:"26214400" min:"1024" max:"10737418240" doc:"Largest uploaded file, in bytes."`
	UserRate      int           `key:"user_rate" default:"1200" min:"1" max:"1000000" doc:"Requests a minute of one signed-in person or key."`
	PublicRate    int           `key:"public_rate" default:"120" min:"1" max:"1000000" doc:"Requests a minute from one address without sign-in: the customer's pages and forms."`
	SignInRate    int           `key:"sign_in_rate" default:"10" min:"1" max:"1000000" doc:"Sign-in attempts a minute from one address, and for one account."`
	ReadTimeout   time.Duration `key:"read_timeout" default:"60s" min:"1s" max:"1h" doc:"Longest time to read one request."`
	ShutdownGrace time.Duration `key:"shutdown_grace" default:"20s" min:"0s" max:"10m" doc:"How long requests and jobs under way may take to finish when the server stops."`
}

// BaseURL is PublicURL without a slash at the end, or what listen suggests.
func (c Config) BaseURL() string {
	if c.PublicURL != "" {
		return strings.TrimRight(c.PublicURL, "/")
	}
	scheme := "http"
	if c.TLS.On() {
		scheme = "https"
	}
	host, port, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return scheme + "://" + c.Listen
	}
	if ip, err := netip.ParseAddr(host); host == "" || err == nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return scheme + "://" + net.JoinHostPort(host, port)
}

// Postgres tells whether the database is PostgreSQL; which one is for db.Open
// to learn from DSN.
func (c Config) Postgres() bool { return c.Database != "" }

// DSN is what db.Open takes: the PostgreSQL address, or the SQLite file's path.
func (c Config) DSN() string {
	if c.Postgres() {
		return c.Database.Reveal()
	}
	return filepath.Join(c.DataDir, "anxin.sqlite")
}

// MasterKeyPath is the master key's file.
func (c Config) MasterKeyPath() string {
	if c.MasterKeyFile != "" {
		return c.MasterKeyFile
	}
	return filepath.Join(c.DataDir, "master.key")
}

// FilesDir is the folder of files of kind local.
func (c Config) FilesDir() string {
	if c.Files.Dir != "" {
		return c.Files.Dir
	}
	return filepath.Join(c.DataDir, "files")
}

// Zone is the firm's time zone; Validate has checked the name.
func (c Config) Zone() *time.Location {
	zone, err := time.LoadLocation(c.Timezone)
	if err != nil {
		return time.UTC
	}
	return zone
}

// Proxies is TrustedProxies taken apart; Validate has checked them.
func (c Config) Proxies() []netip.Prefix {
	out := make([]netip.Prefix, 0, len(c.TrustedProxies))
	for _, s := range c.TrustedProxies {
		if p, err := parseNetwork(s); err == nil {
			out = append(out, p)
		}
	}
	return out
}

func parseNetwork(s string) (netip.Prefix, error) {
	if strings.Contains(s, "/") {
		p, err := netip.ParsePrefix(s)
		return p.Masked(), err
	}
	a, err := netip.ParseAddr(s)
	if err != nil {
		return netip.Prefix{}, err
	}
	return netip.PrefixFrom(a, a.BitLen()), nil
}
