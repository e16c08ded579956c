/** Words of photos: of cases, of the work done, of people. */
export const photosZh = {
  'photos.case': '客户发来的照片',
  'photos.large': '看大图',
  'photos.viewer': '照片',
  'photos.close': '关闭',
  'photos.before': '上一张',
  'photos.next': '下一张',
  'photos.original': '打开原图',
  'photos.video': '播放视频',
  'photos.of': '{{at}} / {{count}}',
  'photo.title': '照片',
  'photo.about': '客户在进度页面和上门凭证上会看到它。',
  'photo.none': '还没有照片',
  'photo.choose': '上传照片',
  'photo.change': '换一张',
};

export const photosEn: Record<keyof typeof photosZh, string> = {
  'photos.case': 'Photos from the customer',
  'photos.large': 'Look at it large',
  'photos.viewer': 'Photos',
  'photos.close': 'Close',
  'photos.before': 'The one before',
  'photos.next': 'The next one',
  'photos.original': 'Open the original',
  'photos.video': 'Play the video',
  'photos.of': '{{at}} of {{count}}',
  'photo.title': 'Photo',
  'photo.about': 'Customers see it on the tracking page and on the visit badge.',
  'photo.none': 'No photo yet',
  'photo.choose': 'Upload a photo',
  'photo.change': 'Change it',
};
