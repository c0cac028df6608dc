/** The account of everything in the local stage. fauxqs knows no other: it is part of its queue URLs and ARNs. */
export const accountId = '000000000000';

/** The region of everything in the local stage. */
export const region = 'eu-central-1';
