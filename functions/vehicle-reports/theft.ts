import * as z from 'zod';
import type { ReportDefinition } from './report-definition.ts';

/** Someone is at the car who should not be. Every owner hears of it. */
export const theftAlarm: ReportDefinition = {
  reportType: 'theft-alarm',
  summary: 'The theft alarm has gone off',
  vehicleReport: 'THEFT_ALARM',
  data: z.object({
    /** What set it off: a door or lid, the tilt sensor, broken glass, or a move without the engine. */
    trigger: z.enum(['DOOR', 'TILT', 'GLASS', 'TOW']),
  }),
  example: { trigger: 'DOOR' },
  optIn: false,
};

const Video = z.object({
  camera: z.enum(['INTERIOR', 'EXTERIOR']),
  /** Where the vehicle put it: the video itself does not travel through the backend. */
  url: z.url({ protocol: /^https$/ }).max(2000),
  durationSeconds: z.number().positive().max(600),
});

/** It shows people, also those who did nothing: only who opted in gets it. */
export const theftVideo: ReportDefinition = {
  reportType: 'theft-video',
  summary: 'Videos of what happened when the theft alarm went off',
  vehicleReport: 'THEFT_VIDEO',
  /** A video for each of up to eight cameras. */
  data: z.object({ videos: z.array(Video).min(1).max(8) }),
  example: {
    videos: [
      { camera: 'INTERIOR', url: 'https://videos.example/interior', durationSeconds: 20 },
      { camera: 'EXTERIOR', url: 'https://videos.example/exterior', durationSeconds: 20 },
    ],
  },
  optIn: true,
};
