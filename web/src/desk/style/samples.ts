import type { Lang } from '@/lib/format';
import type { Reason } from '@/ui/Why';
import type { JobView } from '@/ui/ProgressDrawer';
import type { Command } from '@/ui/shell/types';

/** One made-up case of the sample list. */
export interface SampleCase {
  id: string;
  number: string;
  title: string;
  customer: string;
  phone: string;
  model: string;
  district: string;
  state: 'open' | 'diagnosing' | 'serving' | 'verifying' | 'closed';
  priority: 'p1' | 'p2' | 'p3';
  dueAt: number;
  createdAt: number;
  fee: number;
}

const zh = {
  nav: { group: '样式', pieces: '小部件', list: '列表页', detail: '详情页', forms: '表单与操作', failures: '出错与空白', jobs: '后台任务', commands: '命令' },
  user: { name: '林晓', role: '杭州西湖网点 · 调度' },
  titles: ['空调不制冷', '热水器打不着火', '洗衣机漏水', '冰箱异响', '油烟机吸力小', '电视花屏', '净水器滤芯更换', '新机安装'],
  customers: ['王建国', '李秀英', '张伟', '刘洋', '陈静', '欧阳文轩', '杨帆', '赵敏'],
  districts: ['西湖区', '拱墅区', '余杭区', '滨江区', '萧山区'],
  columns: { number: '编号', title: '问题', customer: '客户', state: '状态', priority: '优先级', due: '下一时限', model: '机型', district: '区县', created: '创建', fee: '费用' },
  priorities: { p1: '紧急', p2: '高', p3: '普通' },
  milestone: '首次联系',
  list: '我的队列',
  newCase: '新建请求',
  assign: '转给我',
  refused: '状态已变化',
  find: '客户',
};

type Words = typeof zh;

const en: Words = {
  nav: { group: 'Style', pieces: 'Small pieces', list: 'List page', detail: 'Detail page', forms: 'Forms and acts', failures: 'Failures', jobs: 'Background jobs', commands: 'Commands' },
  user: { name: 'Lin Xiao', role: 'Hangzhou Xihu · dispatch' },
  titles: ['Air conditioner does not cool', 'Water heater does not ignite', 'Washer leaks', 'Fridge is noisy', 'Hood draws weakly', 'TV picture broken', 'Filter change', 'New installation'],
  customers: ['Wang Jianguo', 'Li Xiuying', 'Zhang Wei', 'Liu Yang', 'Chen Jing', 'Ouyang Wenxuan', 'Yang Fan', 'Zhao Min'],
  districts: ['Xihu', 'Gongshu', 'Yuhang', 'Binjiang', 'Xiaoshan'],
  columns: { number: 'Number', title: 'Problem', customer: 'Customer', state: 'State', priority: 'Priority', due: 'Next deadline', model: 'Model', district: 'District', created: 'Created', fee: 'Charge' },
  priorities: { p1: 'Urgent', p2: 'High', p3: 'Normal' },
  milestone: 'First contact',
  list: 'My queue',
  newCase: 'New case',
  assign: 'Take over',
  refused: 'its state has changed',
  find: 'Customer',
};

const models = ['KFR-35GW', 'JSQ30-16H', 'TG100V88', 'BCD-468W', 'CXW-260', '65U7K'];
const states = ['open', 'diagnosing', 'serving', 'verifying', 'closed'] as const;
const priorities = ['p3', 'p2', 'p3', 'p1', 'p3'] as const;

function pick<T>(list: readonly T[], index: number): T {
  const found = list[index % list.length];
  if (found === undefined) throw new RangeError('nothing to pick from');
  return found;
}

/** How many rows the sample list pretends to have. */
export const sampleCount = 20_000;

function sampleCase(words: Words, index: number, now: number): SampleCase {
  const serial = String(20_000 - index).padStart(6, '0');
  return {
    id: `c${index}`,
    number: `C2611-${serial}`,
    title: pick(words.titles, index * 3),
    customer: pick(words.customers, index * 5 + 1),
    phone: `1${38 + (index % 3)}****${String(1000 + ((index * 37) % 9000))}`,
    model: pick(models, index),
    district: pick(words.districts, index * 2),
    state: pick(states, index),
    priority: pick(priorities, index),
    dueAt: now + ((index * 13) % 400) * 60_000 - 40 * 60_000,
    createdAt: now - index * 17 * 60_000,
    fee: (index % 7) * 4_900,
  };
}

/** Rows of the sample list that pass a filter, up to `limit`, from `offset` on. */
export function sampleRows(lang: Lang, now: number, offset: number, limit: number, keep: (row: SampleCase) => boolean): { rows: SampleCase[]; next: number | undefined } {
  const words = lang === 'en' ? en : zh;
  const rows: SampleCase[] = [];
  let index = offset;
  for (; index < sampleCount && rows.length < limit; index++) {
    const row = sampleCase(words, index, now);
    if (keep(row)) rows.push(row);
  }
  return { rows, next: index < sampleCount ? index : undefined };
}

/** Reasons as the dispatch module gives them for a candidate. */
export function sampleReasons(lang: Lang): Reason[] {
  const chinese = lang !== 'en';
  return [
    { code: 'dispatch.skill', verdict: 'ok', words: chinese ? '持有制冷设备维修技能，等级达到要求' : 'Has the refrigeration skill at the level asked', limit: 2, value: 3 },
    { code: 'dispatch.certificate', verdict: 'warn', words: chinese ? '低压电工证 12 天后到期' : 'The electrician’s certificate expires in 12 days' },
    { code: 'dispatch.travel', verdict: 'ok', words: chinese ? '从上一户过去约 18 分钟' : 'About 18 minutes from the visit before', limit: chinese ? '40 分钟' : '40 min', value: chinese ? '18 分钟' : '18 min' },
    { code: 'dispatch.shift', verdict: 'fail', words: chinese ? '时段超出当天班次 25 分钟' : 'The window ends 25 minutes after the shift' },
    { code: 'dispatch.continuity', verdict: 'info', words: chinese ? '上次就是这位工程师上门' : 'Visited this customer the last time' },
  ];
}

function jobs(chinese: boolean): JobView[] {
  return [
    { id: 'j1', title: chinese ? '导入客户 2026-11.xlsx' : 'Import customers 2026-11.xlsx', state: 'running', done: 18_240, total: 52_000, note: chinese ? '12 行有误' : '12 rows refused' },
    { id: 'j2', title: chinese ? '导出我的队列' : 'Export my queue', state: 'done', done: 1_204, total: 1_204, download: '#export' },
    { id: 'j3', title: chinese ? '重建搜索索引' : 'Rebuild the search index', state: 'failed', done: 300, total: 9_000, note: chinese ? '磁盘空间不足' : 'the disk is full' },
    { id: 'j4', title: chinese ? '月度对账' : 'Monthly statements', state: 'waiting', done: 0, total: 0 },
  ];
}

/** The words and small lists of the style page. */
export function samples(lang: Lang) {
  const chinese = lang !== 'en';
  const words = chinese ? zh : en;
  return {
    ...words,
    jobs: jobs(chinese),
    find: (text: string): Command[] =>
      words.customers
        .filter((name) => name.includes(text) || (chinese && text.toLowerCase() === 'wjg' && name === '王建国'))
        .map((name) => ({ key: `customer:${name}`, label: name, hint: '138****2046', section: words.find, run: () => undefined })),
  };
}
