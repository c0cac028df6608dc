import { describe, expect, test } from 'vitest';
import { REPORTS, reportOfVehicle } from '../../functions/vehicle-reports/catalogue.ts';
import { theftAlarm, theftVideo } from '../../functions/vehicle-reports/theft.ts';

test('each report has names of its own, here and among vehicles', () => {
  for (const names of [
    REPORTS.map(({ reportType }) => reportType),
    REPORTS.map(({ vehicleReport }) => vehicleReport),
  ]) {
    expect(new Set(names).size).toBe(REPORTS.length);
  }
});

test('a report is found by the vehicles’ name for it, and by no other', () => {
  for (const report of REPORTS) {
    expect(reportOfVehicle(report.vehicleReport)).toBe(report);
    expect(reportOfVehicle(report.reportType)).toBeUndefined();
  }
  for (const name of ['', 'HORN_BLOW', 'constructor', '__proto__']) {
    expect(reportOfVehicle(name)).toBeUndefined();
  }
});

test('everybody hears of a theft, and only who asked for it sees it', () => {
  expect(REPORTS.filter(({ optIn }) => optIn)).toEqual([theftVideo]);
});

test.each(REPORTS)('the example of $reportType is what vehicles tell', ({ data, example }) => {
  expect(data.parse(example)).toEqual(example);
});

describe('the data of a theft', () => {
  test.each([{}, { trigger: 'door' }, { trigger: 'BOREDOM' }, { trigger: null }])('are not %j', (data) => {
    expect(theftAlarm.data.safeParse(data).success).toBe(false);
  });

  const video = { camera: 'INTERIOR', url: 'https://videos.example/1', durationSeconds: 20 };
  test.each<[string, object[]]>([
    ['no video', []],
    ['more videos than there are cameras', Array.from({ length: 9 }, () => video)],
    ['a camera that no car has', [{ ...video, camera: 'BOOT' }]],
    ['a video that anyone on the way may see', [{ ...video, url: 'http://videos.example/1' }]],
    ['a script for a video', [{ ...video, url: 'javascript:alert(1)' }]],
    ['something else than a URL', [{ ...video, url: 'videos.example/1' }]],
    ['a URL that is too long', [{ ...video, url: `${video.url}${'x'.repeat(2000)}` }]],
    ['a video of no length', [{ ...video, durationSeconds: 0 }]],
    ['a video of hours', [{ ...video, durationSeconds: 3600 }]],
    ['one bad video of two', [video, { ...video, url: '' }]],
  ])('are not %s', (_what, videos) => {
    expect(theftVideo.data.safeParse({ videos }).success).toBe(false);
  });

  test('are up to eight videos', () => {
    const videos = Array.from({ length: 8 }, () => video);
    expect(theftVideo.data.parse({ videos })).toEqual({ videos });
  });
});
