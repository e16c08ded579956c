import { useState } from 'react';

import { emptyAddress, type AddressParts } from '@/api/geo';
import { ApiError } from '@/api/problem';
import { useLang } from '@/i18n/setup';
import { ActBar } from '@/ui/ActBar';
import { AddressField } from '@/ui/AddressField';

import { Sample } from './PieceSamples';
import { samples } from './samples';
import styles from './style.module.css';

function parseSample(): Promise<AddressParts> {
  return Promise.resolve({ province: '浙江省', city: '杭州市', district: '西湖区', street: '', detail: '文三路 478 号华星时代广场 2 幢 1203 室', division: '330106', name: '王建国', phone: '138****2046' });
}

function refuse(): Promise<void> {
  return Promise.reject(new ApiError({ kind: 'problem', status: 409, code: 'orders.state', words: '', requestId: '0199f3c2-7d11-7aa0' }));
}

/** Forms: a pasted address, acts with reasons, an act that is refused. */
export function FormSamples() {
  const lang = useLang();
  const chinese = lang !== 'en';
  const s = samples(lang);
  const [address, setAddress] = useState(emptyAddress);
  return (
    <div className={styles.page}>
      <h1>{s.nav.forms}</h1>
      <div className={styles.grid}>
        <Sample title="AddressField">
          <AddressField value={address} onChange={setAddress} parse={parseSample} errors={{ detail: chinese ? '请写到门牌号' : 'Please give the door number' }} />
        </Sample>
        <Sample title="ActBar">
          <ActBar
            acts={[
              { key: 'accept', label: chinese ? '接单' : 'Accept' },
              { key: 'decline', label: chinese ? '拒单' : 'Decline', reasons: [{ value: 'full', label: chinese ? '当天已排满' : 'No capacity that day' }], note: 'optional' },
              { key: 'cancel', label: chinese ? '取消服务单' : 'Cancel the order', danger: true, note: 'required', consequence: chinese ? '会通知客户。' : 'The customer is told.' },
            ]}
            onAct={refuse}
          />
          <ActBar acts={[]} onAct={refuse} />
        </Sample>
      </div>
    </div>
  );
}
