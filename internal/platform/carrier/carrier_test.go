package carrier_test

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"anxin/internal/platform/carrier"
	"anxin/internal/platform/carrier/carriertest"
)

const easyTrack = `{"trackers":[{"id":"trk_1","tracking_code":"EZ4000004000","status":"delivered","tracking_details":[
 {"object":"TrackingDetail","message":"Delivered","status":"delivered","datetime":"2026-11-25T14:12:00Z","tracking_location":{"city":"CHARLESTON"}},
 {"object":"TrackingDetail","message":"Pre-Shipment","status":"pre_transit","datetime":"2026-11-23T05:01:00Z","tracking_location":{"city":null}},
 {"object":"TrackingDetail","message":"Shipping Label Received","status":"in_transit","datetime":"2026-11-24T17:38:00Z","tracking_location":{"city":"HOUSTON"}}]}]}`

const kuaidi = `{"message":"ok","state":"0","status":"200","condition":"F00","ischeck":"0","com":"yuantong","nu":"V030344422","data":[
 {"context":"上海分拨中心/装件入车扫描","time":"2026-11-24 16:33:19","ftime":"2026-11-24 16:33:19","areaName":"上海,上海市","status":"在途","statusCode":"1002"},
 {"context":"上海分拨中心/下车扫描","time":"2026-11-23 23:22:42","ftime":"2026-11-23 23:22:42","areaName":"上海","status":"揽收","statusCode":"103"}]}`

// TestPresets: each carrier that comes with the product passes the suite with the answers of its documentation.
func TestPresets(t *testing.T) {
	t.Parallel()
	all := carrier.Presets()
	recorded := map[string]carriertest.Recorded{
		"easypost": {
			Values: carrier.Values{"secret": "EZTK", "number": "EZ4000004000", "reference": "R2611-000001", "from_address": "1 \"Main\" St", "weight": "10"},
			Book:   `{"id":"shp_1","reference":"R2611-000001","tracking_code":"EZ1000000001","postage_label":{"label_url":"https://easypost-files.s3.amazonaws.com/label.png"}}`, Number: "EZ1000000001",
			Refused: `{"error":{"code":"SHIPMENT.INVALID_PARAMS","message":"Wrong parameter type."}}`, Track: easyTrack, States: []carrier.State{carrier.Created, carrier.InTransit, carrier.Delivered},
			Sent: []string{"/v2/trackers?tracking_code=EZ4000004000", "Bearer EZTK"},
			Hook: func(secret string) (http.Header, []byte) {
				body := strings.ReplaceAll(strings.TrimSuffix(strings.Replace(easyTrack, `{"trackers":[`, `{"object":"Event","description":"tracker.updated","result":`, 1), "]}")+"}", "\n", "")
				m := hmac.New(sha256.New, []byte(secret))
				m.Write([]byte(body))
				return http.Header{"X-Hmac-Signature": {"hmac-sha256-hex=" + hex.EncodeToString(m.Sum(nil))}}, []byte(body)
			},
		},
		"kuaidi100": {
			Values: carrier.Values{"secret": "KEY", "key": "CUSTOMER", "carrier": "yuantong", "number": "V030344422"},
			Track:  kuaidi, States: []carrier.State{carrier.Collected, carrier.InTransit}, Sent: []string{"/poll/query.do", `"num":"V030344422"`, "sign=" + kuaidiSign("KEYCUSTOMER"), "customer=CUSTOMER"},
			Hook: func(secret string) (http.Header, []byte) {
				param := `{"status":"polling","lastResult":` + kuaidi + `}`
				sum := md5.Sum([]byte(param + secret))
				return http.Header{}, []byte(url.Values{"param": {param}, "sign": {strings.ToUpper(hex.EncodeToString(sum[:]))}}.Encode())
			},
		},
	}
	for name, spec := range all {
		r, ok := recorded[name]
		if !ok {
			t.Errorf("%s has no recorded answers", name)
			continue
		}
		if spec.Source == "" {
			t.Errorf("%s names no documentation", name)
		}
		t.Run(name, func(t *testing.T) { carriertest.Run(t, spec, r) })
	}
}

func kuaidiSign(end string) string {
	sum := md5.Sum([]byte(`{"com":"yuantong","num":"V030344422","phone":"","resultv2":"4"}` + end))
	return strings.ToUpper(hex.EncodeToString(sum[:]))
}

// TestCheck: a spec that cannot work, or lets a value choose the host, is refused by the name of its field.
func TestCheck(t *testing.T) {
	t.Parallel()
	for says, change := range map[string]func(*carrier.Spec){
		"states.x":     func(s *carrier.Spec) { s.States["x"] = "gone" },
		"zone":         func(s *carrier.Spec) { s.Zone = "Mars/Base" },
		"track.url":    func(s *carrier.Spec) { s.Track.URL = "https://{number}.example.com/" },
		"track.method": func(s *carrier.Spec) { s.Track.Method = "DELETE" },
		"track.events": func(s *carrier.Spec) { s.Track.Events = nil },
		"book.number":  func(s *carrier.Spec) { s.Book.Number = "" },
		"hook":         func(s *carrier.Spec) { s.Hook.Sign.Key = "fixed" },
	} {
		s := carrier.Presets()["easypost"]
		change(&s)
		if err := s.Check(); !errors.Is(err, carrier.ErrSpec) || !strings.HasSuffix(err.Error(), ": "+says) {
			t.Errorf("%s: %v", says, err)
		}
	}
}
