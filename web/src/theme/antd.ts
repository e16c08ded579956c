import { theme, type ThemeConfig } from 'antd';

import type { Look } from './look';
import { fontStack, monoStack, shape } from './tokens';

/** What a finger needs, in px: no control of a phone is lower. */
const touch = 40;

/** The tokens as Ant Design wants them; on a phone every control is as high as a finger needs it. */
export function antdTheme({ dark, density, palette, still }: Look, phone = false): ThemeConfig {
  const algorithms = [dark ? theme.darkAlgorithm : theme.defaultAlgorithm];
  if (density === 'compact') algorithms.push(theme.compactAlgorithm);
  return {
    algorithm: algorithms,
    token: {
      colorPrimary: palette.accent,
      colorInfo: palette.accent,
      colorLink: palette.accentText,
      colorLinkHover: palette.accentText,
      colorError: palette.tones.bad.fg,
      colorWarning: palette.tones.warn.fg,
      colorWarningBg: palette.tones.warn.bg, // what the algorithm derives from a dark amber is mud
      colorSuccess: palette.tones.good.fg,
      colorBgBase: palette.surface,
      colorBgLayout: palette.bg,
      colorBgContainer: palette.surface,
      colorBgElevated: dark ? palette.raised : palette.surface,
      colorTextBase: palette.text,
      colorText: palette.text,
      colorTextSecondary: palette.textSoft,
      colorTextDescription: palette.textSoft,
      colorTextPlaceholder: palette.textSoft,
      colorBorder: palette.lineStrong,
      colorBorderSecondary: palette.line,
      fontFamily: fontStack,
      fontFamilyCode: monoStack,
      fontSize: 14,
      borderRadius: shape.radius,
      borderRadiusLG: shape.radiusLarge,
      sizeUnit: shape.unit / 2,
      sizeStep: shape.unit / 2,
      ...(phone ? { controlHeight: touch, controlHeightSM: touch } : { controlHeight: density === 'compact' ? 28 : 32 }),
      motion: !still,
      motionDurationMid: '0.12s',
      motionDurationSlow: '0.16s',
    },
    components: {
      // The algorithm's lighter hover would leave white words below AA contrast.
      Button: { ...(phone ? { paddingInlineSM: 11 } : {}), colorPrimaryHover: dark ? '#126f81' : '#0a6475', defaultHoverColor: palette.accentText, defaultHoverBorderColor: palette.accentText, defaultActiveColor: palette.accentText, defaultActiveBorderColor: palette.accentText, primaryShadow: 'none', defaultShadow: 'none', dangerShadow: 'none', fontWeight: 500 },
      Modal: { titleFontSize: 16 },
    },
  };
}
