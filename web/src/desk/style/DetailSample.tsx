import { CalendarCheck, Car, CircleCheck, CreditCard, MessageSquare, Package, Phone, ShieldCheck, TriangleAlert } from 'lucide-react';
import { useState } from 'react';

import { useLang } from '@/i18n/setup';
import { ClockChip } from '@/kit/ClockChip';
import { MaskedPhone } from '@/kit/MaskedPhone';
import { Money } from '@/kit/Money';
import { StatePill } from '@/kit/StatePill';
import { ActBar } from '@/ui/ActBar';
import type { Act } from '@/ui/actTypes';
import { Block, DetailPage, Facts } from '@/ui/DetailPage';
import { Timeline, type TimelineEntry } from '@/ui/Timeline';
import { Why } from '@/ui/Why';

import { sampleReasons } from './samples';

const minute = 60_000;

function entries(chinese: boolean, now: number): TimelineEntry[] {
  const w = (zh: string, en: string) => (chinese ? zh : en);
  return [
    { id: '1', kind: 'message', icon: MessageSquare, tone: 'info', occurredAt: now - 6 * minute, who: w('王建国', 'Wang Jianguo'), title: w('客户来信', 'Message from the customer'), body: w('师傅大概几点到？我四点以后要出门。', 'When will the engineer arrive? I have to leave after four.') },
    { id: '2', kind: 'visit', icon: Car, tone: 'busy', occurredAt: now - 31 * minute, recordedAt: now - 4 * minute, who: w('周工', 'Zhou'), title: w('已出发', 'Departed') },
    { id: '3', kind: 'visit', icon: CalendarCheck, occurredAt: now - 160 * minute, who: w('林晓', 'Lin Xiao'), title: w('排上门 V2611-004512', 'Visit V2611-004512 planned') },
    { id: '4', kind: 'decision', icon: ShieldCheck, tone: 'good', occurredAt: now - 170 * minute, who: w('系统', 'System'), title: w('在保：人工与压缩机免费', 'Covered: labour and compressor free'), body: <Why reasons={sampleReasons(chinese ? 'zh-CN' : 'en')} /> },
    { id: '5', kind: 'clock', icon: TriangleAlert, tone: 'warn', occurredAt: now - 175 * minute, who: w('系统', 'System'), title: w('首次联系时限将到', 'First contact is nearly due') },
    { id: '6', kind: 'message', icon: Phone, occurredAt: now - 180 * minute, who: w('林晓', 'Lin Xiao'), title: w('电话 3 分 12 秒', 'Call, 3 min 12 s'), body: w('客户说外机不转，室内有风不凉。已指导断电重启，无效。', 'The outdoor unit does not turn; air comes but is not cold. A power cycle did not help.') },
    { id: '7', kind: 'part', icon: Package, occurredAt: now - 26 * 60 * minute, who: w('仓库', 'Store'), title: w('预留压缩机电容 35μF × 1', 'Capacitor 35 μF × 1 reserved') },
    { id: '8', kind: 'money', icon: CreditCard, occurredAt: now - 27 * 60 * minute, who: w('系统', 'System'), title: <span>{w('上门费', 'Travel')} <Money minor={3_000} currency="CNY" /></span> },
    { id: '9', kind: 'act', icon: CircleCheck, tone: 'good', occurredAt: now - 28 * 60 * minute, who: w('王建国', 'Wang Jianguo'), title: w('网页报修', 'Reported on the web form') },
  ];
}

function acts(chinese: boolean): Act[] {
  const w = (zh: string, en: string) => (chinese ? zh : en);
  return [
    { key: 'note', label: w('回复客户', 'Reply'), note: 'required' },
    { key: 'dispatch', label: w('改派', 'Reassign'), reasons: [{ value: 'sick', label: w('工程师请假', 'Engineer absent') }, { value: 'far', label: w('路程太远', 'Too far') }], note: 'optional' },
    { key: 'solve', label: w('远程解决', 'Solved remotely'), note: 'optional' },
    { key: 'close', label: w('关闭', 'Close'), blocked: w('还有进行中的服务单', 'An order is still open') },
    { key: 'merge', label: w('合并到…', 'Merge into…'), note: 'optional' },
    { key: 'cancel', label: w('取消请求', 'Cancel the case'), danger: true, consequence: w('取消后会通知客户，已排的上门也会取消。', 'The customer is told and the planned visit is cancelled.'), reasons: [{ value: 'withdrawn', label: w('客户不需要了', 'Customer withdrew') }], note: 'required' },
  ];
}

/** A made-up case. */
export function DetailSample() {
  const lang = useLang();
  const chinese = lang !== 'en';
  const w = (zh: string, en: string) => (chinese ? zh : en);
  const [now] = useState(() => Date.now());
  return (
    <DetailPage
      number="C2611-020000"
      title={w('空调不制冷，外机不转', 'Air conditioner does not cool, outdoor unit still')}
      badges={
        <>
          <StatePill kind="case" state="serving" label={w('工程师在路上', 'Engineer on the way')} />
          <ClockChip clock={{ state: 'running', milestone: w('到场', 'Arrival'), target: now + 42 * minute, warn_at: now - minute }} />
          <ClockChip clock={{ state: 'met', milestone: w('首次联系', 'First contact'), target: now - 100 * minute }} />
          <ClockChip clock={{ state: 'paused', milestone: w('完工', 'Completion'), waited_for: 'part' }} />
        </>
      }
      acts={<ActBar acts={acts(chinese)} onAct={() => Promise.resolve()} />}
      side={
        <>
          <Block title={w('客户', 'Customer')}>
            <Facts
              facts={[
                [w('姓名', 'Name'), w('王建国', 'Wang Jianguo')],
                [w('电话', 'Phone'), <MaskedPhone key="p" masked="138****2046" reveal={() => Promise.resolve('13800002046')} />],
                [w('地址', 'Address'), w('浙江省杭州市西湖区文三路***号', 'Wensan Road ***, Xihu, Hangzhou')],
                [w('第几次来', 'Contacts'), w('30 天内第 2 次', 'second in 30 days')],
              ]}
            />
          </Block>
          <Block title={w('机器', 'Unit')} extra={<Why reasons={sampleReasons(lang).slice(0, 3)} label={w('为什么在保？', 'Why covered?')} />}>
            <Facts
              facts={[
                [w('机型', 'Model'), 'KFR-35GW/N8'],
                [w('机号', 'Serial'), '2A4F90817733'],
                [w('购买', 'Bought'), '2024-06-18'],
                [w('保障', 'Coverage'), w('整机 6 年，至 2030-06-18', 'Whole unit, 6 years, to 2030-06-18')],
              ]}
            />
          </Block>
        </>
      }
    >
      <Block title={w('时间线', 'Timeline')}>
        <Timeline
          entries={entries(chinese, now)}
          kinds={[
            { key: 'message', label: w('沟通', 'Messages') },
            { key: 'visit', label: w('上门', 'Visits') },
            { key: 'decision', label: w('判定', 'Decisions') },
            { key: 'part', label: w('配件', 'Parts') },
            { key: 'money', label: w('费用', 'Money') },
            { key: 'clock', label: w('时限', 'Clocks') },
          ]}
        />
      </Block>
    </DetailPage>
  );
}
