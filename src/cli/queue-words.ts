/** The environment variable with the password of a queue. */
export const QUEUE_PASSWORD_VARIABLE = 'LODESTONE_QUEUE_PASSWORD';
