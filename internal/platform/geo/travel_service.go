package geo

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// service is a routing service on the network: it says what one question may hold and answers one.
type service interface {
	// profiles it knows; others are estimated.
	knows(Profile) bool
	// datum its coordinates are in.
	datum() Datum
	// most origins and destinations of one question.
	most() (origins, destinations int)
	// table answers one question; a leg that it cannot tell is negative in seconds.
	table(ctx context.Context, p Profile, from, to []Point) (*Matrix, error)
}

// unknownLeg marks what a service says nothing useful about, other than that there is no way.
const unknownLeg = -1

// errBusy is wrapped by answers after which the same question may be asked again a little later.
var errBusy = errors.New("the service is busy")

// maxAnswer bounds an answer, far above what the largest question takes.
const maxAnswer = 64 << 20

// caller sends requests to a service. What it returns as an error never holds the address, which may hold a key.
type caller struct {
	client *http.Client
	base   *url.URL
	key    string
}

// newCaller checks an address: http or https with a host, without query and user.
func newCaller(client *http.Client, base, key string) (caller, error) {
	u, err := url.Parse(strings.TrimRight(base, "/"))
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.User != nil {
		return caller{}, errors.New("travel.url must be http:// or https:// with a host, without user and query")
	}
	return caller{client, u, key}, nil
}

// do sends one request and decodes its JSON answer whatever its status, which it returns.
func (c caller) do(ctx context.Context, method, path string, query url.Values, body, answer any) (status int, err error) {
	u := *c.base
	u.Path += path
	u.RawQuery = query.Encode()
	var in io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			return 0, err
		}
		in = bytes.NewReader(raw)
	}
	r, err := http.NewRequestWithContext(ctx, method, u.String(), in)
	if err != nil {
		return 0, errors.New("the request cannot be made")
	}
	r.Header.Set("Accept", "application/json")
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	res, err := c.client.Do(r)
	if err != nil {
		return 0, c.silent(ctx, err)
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	if err != nil {
		return res.StatusCode, c.silent(ctx, err)
	}
	if len(raw) > maxAnswer {
		return res.StatusCode, errors.New("the answer is too large")
	}
	if res.StatusCode == http.StatusTooManyRequests || res.StatusCode >= 500 {
		return res.StatusCode, fmt.Errorf("status %d: %w", res.StatusCode, errBusy)
	}
	if err := json.Unmarshal(raw, answer); err != nil {
		return res.StatusCode, fmt.Errorf("status %d without a readable answer", res.StatusCode)
	}
	return res.StatusCode, nil
}

// silent takes the address out of an error of the network. The end of the caller's own context stays what it is.
func (c caller) silent(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	text := err.Error()
	if c.key != "" {
		text = strings.ReplaceAll(text, c.key, "***")
	}
	return fmt.Errorf("%s: %w", text, errBusy)
}

func degrees(v float64) string { return strconv.FormatFloat(v, 'f', 6, 64) }

// put writes a leg that a service told; what is no number is unknown.
func put(m *Matrix, i, j int, seconds, metres float64) {
	if !(seconds >= 0 && seconds < Unreachable) || !(metres >= 0 && metres < Unreachable) { // also refuses NaN
		m.set(i, j, unknownLeg, 0)
		return
	}
	m.set(i, j, int32(math.Ceil(seconds)), int32(math.Ceil(metres)))
}

// osrm is the table service of OSRM (https://project-osrm.org/docs/v5.24.0/api/#table-service). The profile is a matter
// of the data that its server was built with: it is taken to be for cars.
type osrm struct {
	caller
	points int // of one question: --max-table-size, 100 unless its operator raised it
}

func (osrm) knows(p Profile) bool { return p == ProfileCar }

func (osrm) datum() Datum { return WGS84 }

func (s osrm) most() (origins, destinations int) { return max(1, s.points/2), max(1, s.points/2) }

func (s osrm) table(ctx context.Context, _ Profile, from, to []Point) (*Matrix, error) {
	var at, rows, columns []string
	for i, p := range from {
		at, rows = append(at, degrees(p.Lon)+","+degrees(p.Lat)), append(rows, strconv.Itoa(i))
	}
	for j, p := range to {
		at, columns = append(at, degrees(p.Lon)+","+degrees(p.Lat)), append(columns, strconv.Itoa(len(from)+j))
	}
	var out struct {
		Code      string       `json:"code"`
		Durations [][]*float64 `json:"durations"` // seconds; null where there is no way
		Distances [][]*float64 `json:"distances"` // metres
	}
	_, err := s.do(ctx, http.MethodGet, "/table/v1/driving/"+strings.Join(at, ";"), url.Values{
		"sources": {strings.Join(rows, ";")}, "destinations": {strings.Join(columns, ";")}, "annotations": {"duration,distance"},
	}, nil, &out)
	if err != nil {
		return nil, err
	}
	if out.Code != "Ok" {
		return nil, fmt.Errorf("code %q", out.Code) // InvalidQuery, TooBig, NoTable …
	}
	if !shaped(out.Durations, len(from), len(to)) || !shaped(out.Distances, len(from), len(to)) {
		return nil, errors.New("the answer has not the shape of the question")
	}
	m := NewMatrix(len(from), len(to))
	for i := range from {
		for j := range to {
			if s, d := out.Durations[i][j], out.Distances[i][j]; s != nil && d != nil {
				put(m, i, j, *s, *d)
			}
		}
	}
	return m, nil
}

func shaped[T any](rows [][]T, n, columns int) bool {
	if len(rows) != n {
		return false
	}
	for _, r := range rows {
		if len(r) != columns {
			return false
		}
	}
	return true
}

// valhalla is the matrix service of Valhalla (https://valhalla.github.io/valhalla/api/matrix/api-reference/).
type valhalla struct {
	caller
	points int // a side of one question; its max_matrix_location_pairs is 2500, 50 × 50, unless raised
}

func (valhalla) knows(p Profile) bool { return p == ProfileCar || p == ProfileEBike }

func (valhalla) datum() Datum { return WGS84 }

func (s valhalla) most() (origins, destinations int) { return max(1, s.points/2), max(1, s.points/2) }

func (s valhalla) table(ctx context.Context, p Profile, from, to []Point) (*Matrix, error) {
	type place struct {
		Lat float64 `json:"lat"`
		Lon float64 `json:"lon"`
	}
	places := func(list []Point) []place {
		out := make([]place, len(list))
		for i, p := range list {
			out[i] = place{p.Lat, p.Lon}
		}
		return out
	}
	ask := map[string]any{"sources": places(from), "targets": places(to), "costing": "auto", "units": "kilometers"}
	if p == ProfileEBike {
		// Its electric bicycle does not exist; a bicycle at the speed that Straight takes comes nearest.
		ask["costing"] = "bicycle"
		ask["costing_options"] = map[string]any{"bicycle": map[string]any{"bicycle_type": "Hybrid", "cycling_speed": 18}}
	}
	var out struct {
		Rows [][]struct {
			Time     *float64 `json:"time"`     // seconds; null where there is no way
			Distance *float64 `json:"distance"` // kilometres
		} `json:"sources_to_targets"`
		ErrorCode int `json:"error_code"`
	}
	status, err := s.do(ctx, http.MethodPost, "/sources_to_targets", nil, ask, &out)
	if err != nil {
		return nil, err
	}
	if status != http.StatusOK {
		return nil, fmt.Errorf("status %d, error code %d", status, out.ErrorCode)
	}
	if !shaped(out.Rows, len(from), len(to)) {
		return nil, errors.New("the answer has not the shape of the question")
	}
	m := NewMatrix(len(from), len(to))
	for i := range from {
		for j := range to {
			if c := out.Rows[i][j]; c.Time != nil && c.Distance != nil {
				put(m, i, j, *c.Time, *c.Distance*1000)
			}
		}
	}
	return m, nil
}

// amap is the distance service of 高德 (https://lbs.amap.com/api/webservice/guide/api/direction, 距离测量): up to 100
// origins to one destination, by car, with the traffic of the moment. Its coordinates are GCJ-02.
type amap struct{ caller }

// amapURL is where it is unless somebody says otherwise.
const amapURL = "https://restapi.amap.com"

func (amap) knows(p Profile) bool { return p == ProfileCar }

func (amap) datum() Datum { return GCJ02 }

func (amap) most() (origins, destinations int) { return 100, 1 }

// amapBusy are the answers that pass: too many questions a second, by key, address or in all, and a server that failed
// (https://lbs.amap.com/api/webservice/guide/tools/info).
var amapBusy = []string{"10004", "10014", "10015", "10016", "10019", "10020", "10021", "10022", "10023"}

func (s amap) table(ctx context.Context, _ Profile, from, to []Point) (*Matrix, error) {
	at := make([]string, len(from))
	for i, p := range from {
		at[i] = degrees(p.Lon) + "," + degrees(p.Lat)
	}
	var out struct {
		Status   string `json:"status"` // "1" or "0"
		Infocode string `json:"infocode"`
		Results  []struct {
			Origin   string `json:"origin_id"` // from 1
			Distance string `json:"distance"`  // metres
			Duration string `json:"duration"`  // seconds
			Info     string `json:"info"`      // only where this leg failed
		} `json:"results"`
	}
	_, err := s.do(ctx, http.MethodGet, "/v3/distance", url.Values{
		"key": {s.key}, "type": {"1"}, "output": {"JSON"}, "origins": {strings.Join(at, "|")}, "destination": {degrees(to[0].Lon) + "," + degrees(to[0].Lat)},
	}, nil, &out)
	if err != nil {
		return nil, err
	}
	if out.Status != "1" {
		err := fmt.Errorf("infocode %q", out.Infocode)
		for _, code := range amapBusy {
			if out.Infocode == code {
				err = fmt.Errorf("infocode %s: %w", code, errBusy)
			}
		}
		return nil, err
	}
	m := NewMatrix(len(from), 1)
	for i := range from {
		m.set(i, 0, unknownLeg, 0)
	}
	for _, r := range out.Results {
		i, err := strconv.Atoi(r.Origin)
		if err != nil || i < 1 || i > len(from) || r.Info != "" {
			continue
		}
		seconds, serr := strconv.ParseFloat(r.Duration, 64)
		metres, merr := strconv.ParseFloat(r.Distance, 64)
		if serr == nil && merr == nil {
			put(m, i-1, 0, seconds, metres)
		}
	}
	return m, nil
}

// defaultTimeout is how long one question to a service may take.
const defaultTimeout = 5 * time.Second
