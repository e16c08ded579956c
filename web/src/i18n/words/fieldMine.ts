/** Words of what is an engineer's own: week, certificates, van. */
export const mineZh = {
  'mine.week': '我的一周',
  'mine.week.none': '这七天没有排班。',
  'mine.certificates': '我的证书',
  'mine.certificates.none': '没有登记证书。',
  'mine.until': '有效期至 {{day}}',
  'mine.valid': '有效',
  'mine.invalid': '已失效',
  'mine.ending': '即将到期',
  'mine.stock': '我的备件',
  'mine.stock.none': '车上没有登记备件。',
  'mine.free': '可用 {{free}} / 共 {{all}}',
  'mine.low': '该补货了',
} as const;

export const mineEn: Record<keyof typeof mineZh, string> = {
  'mine.week': 'My week',
  'mine.week.none': 'No shift in these seven days.',
  'mine.certificates': 'My certificates',
  'mine.certificates.none': 'No certificate is on file.',
  'mine.until': 'until {{day}}',
  'mine.valid': 'Valid',
  'mine.invalid': 'Not valid',
  'mine.ending': 'Ends soon',
  'mine.stock': 'My parts',
  'mine.stock.none': 'No part is booked to the van.',
  'mine.free': '{{free}} free of {{all}}',
  'mine.low': 'Restock',
};
