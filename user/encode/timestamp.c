/* SPDX-License-Identifier: Apache-2.0 */
/* Writes RFC 3339 timestamps with nanoseconds, fast where the day stays the same. */
#include "encode/timestamp.h"

#include <string.h>

#define NS_PER_S  1000000000ULL
#define S_PER_DAY 86400

static inline void put_digits(char *at, uint32_t value, unsigned nr)
{
	while (nr > 0) {
		at[--nr] = '0' + value % 10;
		value /= 10;
	}
}

/*
 * The proleptic Gregorian calendar by eras of 400 years (146,097 days) that begin on March 1st, so that
 * the leap day is the last of its year.
 */
static void put_date(uint64_t day, char date[11])
{
	uint32_t shifted = day + 719468; /* from 0000-03-01 */
	uint32_t era = shifted / 146097;
	uint32_t day_of_era = shifted % 146097;
	uint32_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	uint32_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	uint32_t month_from_march = (5 * day_of_year + 2) / 153;
	uint32_t month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;

	put_digits(date, era * 400 + year_of_era + (month <= 2), 4);
	date[4] = '-';
	put_digits(date + 5, month, 2);
	date[7] = '-';
	put_digits(date + 8, day_of_year - (153 * month_from_march + 2) / 5 + 1, 2);
	date[10] = 'T';
}

void timestamp_write(struct day_cache *cache, uint64_t realtime_ns, char ret[TIMESTAMP_SIZE])
{
	uint64_t seconds = realtime_ns / NS_PER_S;
	uint32_t ns = realtime_ns % NS_PER_S;
	uint64_t day = seconds / S_PER_DAY;
	uint32_t second = seconds % S_PER_DAY;

	if (cache->day != day || cache->date[10] != 'T') {
		put_date(day, cache->date);
		cache->day = day;
	}
	memcpy(ret, cache->date, sizeof(cache->date));
	put_digits(ret + 11, second / 3600, 2);
	ret[13] = ':';
	put_digits(ret + 14, second / 60 % 60, 2);
	ret[16] = ':';
	put_digits(ret + 17, second % 60, 2);
	ret[19] = '.';
	put_digits(ret + 20, ns, 9);
	ret[29] = 'Z';
}
