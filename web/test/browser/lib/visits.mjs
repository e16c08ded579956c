/** @typedef {import('../../../src/api/schema').components['schemas']['OrdersFieldVisit']} Visit */

/**
 * Made-up visits of today and tomorrow in one language.
 * @param {'zh-CN' | 'en'} lang
 * @returns {Visit[]}
 */
export function sampleVisits(lang) {
  const w = (/** @type {string} */ zh, /** @type {string} */ en) => (lang === 'en' ? en : zh);
  const day = (/** @type {number} */ ahead) => new Intl.DateTimeFormat('en-CA', { timeZone: 'Asia/Shanghai' }).format(Date.now() + ahead * 86_400_000);
  const at = (/** @type {number} */ ahead, /** @type {string} */ time) => `${day(ahead)}T${time}:00+08:00`;
  /** @type {import('../../../src/api/schema').components['schemas']['OrdersFieldOrder']} */
  const repair = {
    id: 'o1',
    number: 'S2611-004512',
    service: w('维修', 'Repair'),
    fault: w('空调不制冷', 'Air conditioner does not cool'),
    model: 'KFR-35GW/N8',
    serial: '',
    checklist: [
      { key: 'power', label: w('断电并验电', 'Power off and tested'), required: true },
      { key: 'leak', label: w('制冷剂检漏', 'Refrigerant leak test'), required: true },
      { key: 'clean', label: w('清理现场', 'Site cleaned'), required: false },
    ],
    photos: [
      { slot: 'before', label: w('维修前', 'before'), min: 1 },
      { slot: 'after', label: w('维修后', 'after'), min: 1 },
    ],
    readings: [{ key: 'delta', label: w('出回风温差', 'Air temperature drop'), unit: '℃', required: true }],
    serial_required: true,
    due: '',
    tools: [w('真空泵', 'Vacuum pump')],
    parts: [{ part_id: 'p1', code: 'P-CBB65-35', name: w('压缩机电容 35μF', 'Capacitor 35 μF'), quantity: 1 }],
  };
  const decline_reasons = [
    { value: 'too_far', label: w('路程太远', 'Too far') },
    { value: 'no_skill', label: w('没有这项资质', 'Lacks the certificate') },
    { value: 'ill', label: w('生病', 'Ill') },
  ];
  const fail_reasons = [{ value: 'nobody', label: w('无人在家', 'Nobody at home') }];
  const base = { zone: 'Asia/Shanghai', access_note: '', service_code: '4829', planned_start: at(0, '14:00'), planned_end: at(0, '16:00'), version: 1, decline_reasons, fail_reasons };
  return [
    {
      ...base,
      id: 'v1',
      number: 'V2611-004512',
      state: 'dispatched',
      start: at(0, '14:00'),
      end: at(0, '16:00'),
      customer: w('王先生', 'Mr Wang'),
      address: w('浙江省杭州市西湖区文三路 478 号华星时代广场 2 幢 1203 室', '1203, Building 2, 478 Wensan Road, Xihu, Hangzhou'),
      access_note: w('东门进，访客登记', 'East gate, sign in as a visitor'),
      lat: 30.2799,
      lon: 120.1303,
      orders: [repair],
    },
    {
      ...base,
      id: 'v2',
      number: 'V2611-004518',
      state: 'dispatched',
      start: at(0, '16:30'),
      end: at(0, '18:00'),
      customer: w('陈女士', 'Ms Chen'),
      address: w('浙江省杭州市拱墅区莫干山路 1418 号', '1418 Moganshan Road, Gongshu, Hangzhou'),
      orders: [
        { ...repair, id: 'o2', number: 'S2611-004530', service: w('安装', 'Installation'), fault: w('新机安装', 'New unit'), model: 'JSQ30-16H' },
        { ...repair, id: 'o3', number: 'S2611-004531', service: w('清洗', 'Cleaning'), fault: w('油烟机清洗', 'Hood cleaning'), model: 'CXW-260' },
      ],
    },
    {
      ...base,
      id: 'v3',
      number: 'V2611-004490',
      state: 'finished',
      start: at(0, '08:30'),
      end: at(0, '10:00'),
      customer: w('刘先生', 'Mr Liu'),
      address: w('浙江省杭州市西湖区古墩路 829 号', '829 Gudun Road, Xihu, Hangzhou'),
      orders: [{ ...repair, id: 'o4', number: 'S2611-004400', fault: w('洗衣机漏水', 'Washer leaks'), model: 'TG100V88' }],
    },
    {
      ...base,
      id: 'v4',
      number: 'V2611-004600',
      state: 'planned',
      start: at(1, '09:00'),
      end: at(1, '11:00'),
      customer: w('赵女士', 'Ms Zhao'),
      address: w('浙江省杭州市滨江区江南大道 588 号', '588 Jiangnan Avenue, Binjiang, Hangzhou'),
      orders: [{ ...repair, id: 'o5', number: 'S2611-004601' }],
    },
  ];
}
