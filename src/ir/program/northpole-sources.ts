/** Where the numbers of the NorthPole models come from. Patents are of the team that built the chip. */
export const NORTHPOLE_SOURCES = {
  science: 'Modha et al., Science 382:329 (2023)',
  hotChips: 'Hot Chips 2023 talk (Modha), as reported by semiengineering.com',
  isscc: 'Cassidy et al., ISSCC 2024, 11.4',
  hpec: 'Appuswamy et al., HPEC 2024',
  rack: 'DeBole et al., arXiv 2511.15950 (2025)',
  corePatent: 'US 11501140 (core)',
  precisionPatent: 'US 11537859 (flexible precision)',
  vmmPatent: 'US 10621489 (vector-matrix multiplier)',
  dataPatent: 'US 11238347 (data distribution)',
  weightPatent: 'US 11521085 (weight distribution)',
  schedulePatent: 'US 12406174 (statically scheduled agents)',
} as const;
