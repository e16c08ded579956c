package geo

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Contact data comes pasted along with an address: "张三 13800000000 浙江省…", or a filled form with captions. It is
// found first and cut out, so that no digit of a phone number is read as a room.

// field is what a caption announces.
type field uint8

const (
	fieldNone field = iota
	fieldPerson
	fieldPhone
	fieldAddress
	fieldPostcode
	fieldNote
)

// captions of forms and chat templates, with what follows them.
var captions = map[string]field{
	"收货人": fieldPerson, "收件人": fieldPerson, "联系人": fieldPerson, "姓名": fieldPerson, "客户姓名": fieldPerson, "用户姓名": fieldPerson,
	"收货人姓名": fieldPerson, "收件人姓名": fieldPerson, "联系人姓名": fieldPerson, "名字": fieldPerson, "客户": fieldPerson, "用户": fieldPerson,
	"顾客": fieldPerson, "顾客姓名": fieldPerson, "收货姓名": fieldPerson, "收件姓名": fieldPerson,
	"手机": fieldPhone, "手机号": fieldPhone, "手机号码": fieldPhone, "电话": fieldPhone, "联系电话": fieldPhone, "联系方式": fieldPhone,
	"电话号码": fieldPhone, "固定电话": fieldPhone, "收货电话": fieldPhone, "收件人电话": fieldPhone, "收货人电话": fieldPhone, "收货人手机": fieldPhone,
	"收件人手机": fieldPhone, "联系手机": fieldPhone, "客户电话": fieldPhone, "用户电话": fieldPhone, "备用电话": fieldPhone, "座机": fieldPhone,
	"收货人手机号": fieldPhone, "收件人手机号": fieldPhone, "联系号码": fieldPhone, "号码": fieldPhone, "tel": fieldPhone, "Tel": fieldPhone, "TEL": fieldPhone,
	"地址": fieldAddress, "详细地址": fieldAddress, "收货地址": fieldAddress, "收件地址": fieldAddress, "安装地址": fieldAddress, "联系地址": fieldAddress,
	"服务地址": fieldAddress, "上门地址": fieldAddress, "维修地址": fieldAddress, "客户地址": fieldAddress, "用户地址": fieldAddress, "街道地址": fieldAddress,
	"送货地址": fieldAddress, "收货人地址": fieldAddress, "收件人地址": fieldAddress, "所在地区": fieldAddress, "地区": fieldAddress, "省市区": fieldAddress,
	"所在地": fieldAddress, "街道": fieldAddress, "住址": fieldAddress, "家庭住址": fieldAddress, "家庭地址": fieldAddress, "所在区域": fieldAddress,
	"省份": fieldAddress, "城市": fieldAddress, "区县": fieldAddress, "区域": fieldAddress, "门牌号": fieldAddress, "小区": fieldAddress,
	"邮编": fieldPostcode, "邮政编码": fieldPostcode, "备注": fieldNote, "留言": fieldNote,
}

// surnames in use, the two-character ones apart.
const surnames = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷盛曲翁冉骆蓝路游辛靳管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤阳时穆农司卓古吉缪简车项连芦麦褚娄窦戚岑景党宫费卜冷晏席卫米柏宗瞿桂全佟应臧闵苟邬边卞姬师和仇栾隋商刁沙荣巫寇桑郎甄丛仲虞敖巩明佘池查麻苑迟邝官封谈匡鞠惠荆乐冀郁胥南班储原栗燕楚鄢劳谌奚皮粟冼蔺楼盘满闻位厉伊仝区郜海阚花权强帅屠豆朴盖练廉禹井祖漆巴丰支卿国狄平计索宣晋相初门云容敬来扈晁芮都普阙浦戈伏鹿薄邸雍辜羊阿乌母裘亓修邰赫杭况那宿鲜印逯隆茹诺战慕危玉银亢嵇公哈湛宾戎勾茅利於呼居揭干但尉冶斯元束檀衣信展阴昝智幸奉植衡富尧闭由"

var compoundSurnames = []string{"欧阳", "上官", "司马", "诸葛", "东方", "皇甫", "尉迟", "公孙", "慕容", "令狐", "夏侯", "司徒", "南宫", "端木", "长孙", "宇文", "轩辕", "独孤", "完颜", "呼延", "申屠", "闻人", "澹台", "司空", "太史", "西门", "万俟", "百里"}

// titles end the way people call a customer.
var titles = []string{"先生", "女士", "小姐", "老师", "师傅", "阿姨", "大哥", "大姐", "经理", "叔叔", "太太", "老板", "医生", "同学"}

// found is contact data cut out of a text.
type found struct {
	person   string
	phones   []string
	postcode string
	note     string
	parts    []Part
}

// takeContact cuts captions, phones, postcode and person out of the text.
func (t *text) takeContact() found {
	var f found
	fields := t.takeCaptions()
	t.takeNotes(&f, fields)
	t.takePhones(&f, fields)
	t.takePostcode(&f, fields)
	t.takePerson(&f, fields)
	return f
}

// take records a part and cuts its units out.
func (t *text) take(f *found, label Label, value string, i, j int) {
	f.parts = append(f.parts, Part{Label: label, Text: value, Start: t.units[i].from, End: t.units[j-1].till})
	t.cut(i, j)
}

// takeCaptions cuts captions and returns, for the unit after each, what it announces.
func (t *text) takeCaptions() map[int]field {
	var fields map[int]field
	for j := 0; j < len(t.units); j++ {
		u := t.units[j]
		colon := u.class == classPunct && (u.r == ':' || u.r == '：')
		if !colon && !(u.class == classGap) {
			continue
		}
		for n := min(6, j); n >= 1; n-- {
			i := j - n
			kind, ok := captions[t.sub(i, j)]
			if !ok || slices.ContainsFunc(t.units[i:j], func(u unit) bool { return u.class == classGap }) {
				continue
			}
			// Without a colon only a caption that stands alone counts, and 街道 or 小区 never does.
			if !colon && (t.class(i-1) != classGap || n < 2 || kind == fieldAddress && utf8.RuneCountInString(t.sub(i, j)) < 4) {
				continue
			}
			if colon && i > 0 && t.class(i-1) == classHan {
				continue
			}
			end := j
			if colon {
				end++
			}
			t.cut(i, end)
			for end < len(t.units) && t.class(end) == classGap {
				end++
			}
			if fields == nil {
				fields = map[int]field{}
			}
			fields[end] = kind
			break
		}
	}
	return fields
}

// takeNotes cuts what follows a caption like 备注, up to the next caption.
func (t *text) takeNotes(f *found, fields map[int]field) {
	for i, kind := range fields {
		if kind != fieldNote || i >= len(t.units) {
			continue
		}
		j := i + 1
		for j < len(t.units) && fields[j] == fieldNone {
			j++
		}
		for j > i && t.class(j-1) == classGap {
			j--
		}
		if j > i {
			f.note = t.sub(i, j)
			t.take(f, LabelRedundant, f.note, i, j)
		}
	}
}

// digits returns the digits of unit i, "" when it is no number.
func (t *text) digits(i int) string {
	if t.class(i) != classNum {
		return ""
	}
	return t.norm[t.units[i].lo:t.units[i].hi]
}

// joint reports whether unit i may stand between groups of one phone number.
func (t *text) joint(i int) bool {
	if i >= len(t.units) || i < 0 {
		return false
	}
	u := t.units[i]
	return u.class == classDash || (u.class == classGap && t.norm[u.lo:u.hi] == " ")
}

func isMobile(s string) bool { return len(s) == 11 && s[0] == '1' && s[1] >= '3' }

func (t *text) takePhones(f *found, fields map[int]field) {
	for i := 0; i < len(t.units); i++ {
		d := t.digits(i)
		if d == "" {
			continue
		}
		number, end := t.phoneAt(i, d)
		if number == "" && fields[i] == fieldPhone && len(d) >= 5 {
			number, end = d, i+1
		}
		if number == "" {
			continue
		}
		// An extension or the tail of a privacy number: -1234, 转1234.
		for k := end; k <= end+1 && k < len(t.units); k++ {
			if ext := t.digits(k + 1); ext != "" && len(ext) <= 6 && (t.is(k, '转') || (k == end && t.class(k) == classDash && len(ext) >= 2)) {
				number, end = number+"-"+ext, k+2
				break
			}
			if !t.joint(k) {
				break
			}
		}
		from := i
		if from > 0 && t.units[from-1].r == '(' {
			from--
		}
		if from > 0 && t.units[from-1].r == '+' {
			from--
		}
		f.phones = append(f.phones, number)
		t.take(f, LabelPhone, number, from, end)
		i = end - 1
	}
}

// phoneAt reads a phone number whose first digits are unit i.
func (t *text) phoneAt(i int, d string) (number string, end int) {
	for _, cc := range []string{"0086", "86"} {
		if rest, ok := strings.CutPrefix(d, cc); ok && isMobile(rest) {
			return rest, i + 1
		}
	}
	if (d == "86" || d == "0086") && t.joint(i+1) {
		if n, e := t.phoneAt(i+2, t.digits(i+2)); n != "" {
			return n, e
		}
	}
	if d == "" {
		return "", 0
	}
	if d == "86" {
		if n := t.digits(i + 1); isMobile(n) {
			return n, i + 2
		}
	}
	if isMobile(d) {
		return d, i + 1
	}
	group := func(sizes ...int) string { // the digits of groups joined by dashes or blanks
		all := ""
		for k, size := range sizes {
			g := t.digits(i + 2*k)
			if len(g) != size || (k > 0 && !t.joint(i+2*k-1)) {
				return ""
			}
			all += g
		}
		return all
	}
	if n := group(3, 4, 4); isMobile(n) {
		return n, i + 5
	}
	if n := group(3, 8); isMobile(n) {
		return n, i + 3
	}
	if strings.HasPrefix(d, "400") || strings.HasPrefix(d, "800") {
		if len(d) == 10 {
			return d, i + 1
		}
		for _, sizes := range [][]int{{3, 3, 4}, {3, 4, 3}, {3, 7}} {
			if n := group(sizes...); n != "" {
				return n, i + 2*len(sizes) - 1
			}
		}
	}
	if d[0] != '0' || d == "00" {
		return "", 0
	}
	if len(d) >= 10 && len(d) <= 12 {
		area := 4
		if d[1] == '1' || d[1] == '2' {
			area = 3
		}
		return d[:area] + "-" + d[area:], i + 1
	}
	if len(d) == 3 || len(d) == 4 {
		j := i + 1
		if j < len(t.units) && t.units[j].r == ')' {
			j++
		} else if t.joint(j) {
			j++
		} else {
			return "", 0
		}
		if n := t.digits(j); len(n) == 7 || len(n) == 8 {
			return d + "-" + n, j + 1
		}
	}
	return "", 0
}

// takePostcode cuts a six-digit number that stands alone, or follows its caption.
func (t *text) takePostcode(f *found, fields map[int]field) {
	for i := range t.units {
		d := t.digits(i)
		if len(d) != 6 || d[0] > '8' || len(t.units) == 1 {
			continue
		}
		alone := t.class(i-1) == classGap && t.class(i+1) == classGap
		if fields[i] == fieldPostcode || alone || (i >= 2 && t.is(i-2, '邮') && t.is(i-1, '编')) {
			from := i
			if i >= 2 && t.is(i-2, '邮') && t.is(i-1, '编') {
				from -= 2
			}
			f.postcode = d
			t.take(f, LabelPostcode, d, from, i+1)
			return
		}
	}
}

// segment is a run of units between gaps.
type segment struct{ lo, hi int }

func (t *text) segments() []segment {
	var out []segment
	for i := 0; i < len(t.units); {
		if t.class(i) == classGap {
			i++
			continue
		}
		j := i
		for j < len(t.units) && t.class(j) != classGap {
			j++
		}
		out = append(out, segment{i, j})
		i = j
	}
	return out
}

// takePerson cuts the name of a person: what follows a caption, or a short text with a surname beside a phone or a
// division. Where none of that speaks for a name, the text stays in the address.
func (t *text) takePerson(f *found, fields map[int]field) {
	segments := t.segments()
	for _, s := range segments {
		if fields[s.lo] == fieldPerson && s.hi-s.lo <= 12 {
			hi := s.hi
			// A Latin name goes on over blanks.
			for hi+1 < len(t.units) && t.class(hi-1) == classLetter && t.class(hi) == classGap && t.class(hi+1) == classLetter && fields[hi+1] == fieldNone {
				hi += 2
			}
			f.person = t.sub(s.lo, hi)
			t.take(f, LabelPerson, f.person, s.lo, hi)
			return
		}
	}
	if len(segments) < 2 && len(f.phones) == 0 {
		return
	}
	type candidate struct{ lo, hi, score int }
	var best candidate
	offer := func(lo, hi, score int) {
		if score > best.score {
			best = candidate{lo, hi, score}
		}
	}
	phoneAt := func(from, till int) bool { // of a cut phone, beside these bytes
		return slices.ContainsFunc(f.parts, func(p Part) bool {
			return p.Label == LabelPhone && (abs(p.Start-till) <= 4 || abs(from-p.End) <= 4)
		})
	}
	for k, s := range segments {
		beside := phoneAt(t.units[s.lo].from, t.units[s.hi-1].till)
		edge := k == 0 || k == len(segments)-1
		if n := t.nameLength(s.lo, s.hi); n == s.hi-s.lo && !t.isDivision(s.lo, s.hi) {
			switch {
			case beside:
				offer(s.lo, s.hi, 6)
			case edge && len(f.phones) > 0:
				offer(s.lo, s.hi, 4)
			case k == 0 && len(segments) > 1 && t.startsDivision(segments[1].lo):
				offer(s.lo, s.hi, 3)
			}
		}
		if t.class(s.lo) == classLetter && s.hi == s.lo+1 && beside && len(t.sub(s.lo, s.hi)) >= 2 {
			offer(s.lo, s.hi, 2)
		}
		if !beside {
			continue
		}
		// Glued to the address: 1201室张三13800000000, 13800000000张三浙江省….
		for n := 2; n <= 5 && s.lo+n < s.hi; n++ {
			if t.nameLength(s.lo, s.lo+n) == n && t.startsDivision(s.lo+n) && !t.isDivision(s.lo, s.lo+n) && !t.startsDivision(s.lo) {
				offer(s.lo, s.lo+n, 3)
			}
			lo := s.hi - n
			if c := t.class(lo - 1); c == classNum || (c == classHan && strings.ContainsRune("室号幢栋户", t.units[lo-1].r)) {
				if t.nameLength(lo, s.hi) == n {
					offer(lo, s.hi, 3)
				}
			}
		}
	}
	if best.score > 0 {
		f.person = t.sub(best.lo, best.hi)
		t.take(f, LabelPerson, f.person, best.lo, best.hi)
	}
}

// nameLength returns how many of units [lo, hi) make a Chinese name from the start, 0 when it looks like none.
func (t *text) nameLength(lo, hi int) int {
	n := hi - lo
	if n < 2 || n > 6 {
		return 0
	}
	for k := lo; k < hi; k++ {
		if t.class(k) != classHan && t.units[k].r != '·' {
			return 0
		}
	}
	s := t.sub(lo, hi)
	if strings.ContainsRune(s, '·') {
		return n
	}
	given := n
	for _, title := range titles {
		if strings.HasSuffix(s, title) {
			given = n - 2
			if given == 0 {
				return 0
			}
			break
		}
	}
	surname := 0
	if strings.ContainsRune(surnames, t.units[lo].r) {
		surname = 1
	}
	if n >= 2 && slices.Contains(compoundSurnames, t.sub(lo, lo+2)) {
		surname = 2
	}
	if surname == 0 || given > surname+2 || (given == n && given == surname) {
		return 0
	}
	if given == n { // without a title: nothing that ends like a place
		switch t.units[hi-1].r {
		case '路', '街', '村', '镇', '乡', '县', '区', '市', '省', '号', '楼', '室', '巷', '苑', '厦', '店', '厂', '园', '局', '站', '院', '校', '城', '桥', '庄', '湾':
			return 0
		}
	}
	return n
}

// isDivision reports whether the units are the name of a division.
func (t *text) isDivision(lo, hi int) bool { return len(divisions().refs(t.sub(lo, hi))) > 0 }

// startsDivision reports whether the full name of a province, city or county, or a province's short one, starts there.
func (t *text) startsDivision(lo int) bool {
	g := divisions()
	for hi := lo + 2; hi <= min(len(t.units), lo+12) && t.class(hi-1) == classHan; hi++ {
		for _, r := range g.refs(t.sub(lo, hi)) {
			if r.form != formShort || r.level == LevelProvince {
				return true
			}
		}
	}
	return false
}

func abs(n int) int { return max(n, -n) }
