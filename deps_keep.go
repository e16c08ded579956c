//go:build depskeep

package anxin

import (
	_ "codeberg.org/go-pdf/fpdf"
	_ "github.com/boombuler/barcode/qr"
	_ "github.com/danielgtaylor/huma/v2"
	_ "github.com/govalues/decimal"
	_ "github.com/jackc/pgx/v5/pgxpool"
	_ "github.com/minio/minio-go/v7"
	_ "github.com/nyaruka/phonenumbers"
	_ "github.com/pquerna/otp/totp"
	_ "github.com/pressly/goose/v3"
	_ "github.com/prometheus/client_golang/prometheus/promhttp"
	_ "github.com/riverqueue/river"
	_ "github.com/riverqueue/river/riverdriver/riverpgxv5"
	_ "github.com/riverqueue/river/riverdriver/riversqlite"
	_ "github.com/riverqueue/river/rivermigrate"
	_ "github.com/wneessen/go-mail"
	_ "github.com/xuri/excelize/v2"
	_ "golang.org/x/crypto/argon2"
	_ "golang.org/x/text/encoding/simplifiedchinese"
	_ "golang.org/x/image/draw"
	_ "github.com/rwcarlsen/goexif/exif"
	_ "modernc.org/sqlite"
	_ "github.com/emersion/go-smtp"
)
