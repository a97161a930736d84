/** Receives one line that the local run or one of its functions wrote, without its line end. */
export type Output = (line: string) => void;
