import { theme, type ThemeConfig } from 'antd';

import type { Look } from './look';
import { fontStack, monoStack, shape } from './tokens';

/** The tokens as Ant Design wants them. */
export function antdTheme({ dark, density, palette, still }: Look): ThemeConfig {
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
      controlHeight: density === 'compact' ? 28 : 32,
      motion: !still,
      motionDurationMid: '0.12s',
      motionDurationSlow: '0.16s',
    },
    components: {
      // The algorithm's lighter hover would leave white words below AA contrast.
      Button: { colorPrimaryHover: dark ? '#126f81' : '#0a6475', defaultHoverColor: palette.accentText, defaultHoverBorderColor: palette.accentText, defaultActiveColor: palette.accentText, defaultActiveBorderColor: palette.accentText, primaryShadow: 'none', defaultShadow: 'none', dangerShadow: 'none', fontWeight: 500 },
      Modal: { titleFontSize: 16 },
    },
  };
}
