/* SPDX-License-Identifier: Apache-2.0 */
/* How Docker's and podman's stores call the files of an image. Pure. */
#include "container/image_store.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

bool is_image_hex(struct span text)
{
	if (text.size != IMAGE_HEX_SIZE)
		return false;
	for (size_t i = 0; i < text.size; i++)
		if (!memchr("0123456789abcdef", text.data[i], 16))
			return false;
	return true;
}

bool image_id__hex(struct span id, struct span *ret_hex)
{
	const size_t prefix = strlen(IMAGE_ID_PREFIX);

	if (id.size < prefix || memcmp(id.data, IMAGE_ID_PREFIX, prefix) != 0)
		return false;
	*ret_hex = (struct span){id.data + prefix, id.size - prefix};
	return is_image_hex(*ret_hex);
}

bool docker_store__is_remapped(const char *name)
{
	size_t uid = strspn(name, "0123456789");
	size_t gid = name[uid] == '.' ? strspn(name + uid + 1, "0123456789") : 0;

	return uid > 0 && gid > 0 && name[uid + 1 + gid] == '\0';
}

void docker_store__image_path(const char *driver, const char *hex, char ret_path[IMAGE_PATH_MAX])
{
	snprintf(ret_path, IMAGE_PATH_MAX, "image/%s/imagedb/content/sha256/%s", driver, hex);
}

static void encode_base64(const char *data, size_t size, char *ret_text)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < size; i += 3) {
		uint32_t bits = (uint32_t)(unsigned char)data[i] << 16;

		if (i + 1 < size)
			bits |= (uint32_t)(unsigned char)data[i + 1] << 8;
		if (i + 2 < size)
			bits |= (unsigned char)data[i + 2];
		*ret_text++ = digits[bits >> 18];
		*ret_text++ = digits[bits >> 12 & 0x3f];
		*ret_text++ = i + 1 < size ? digits[bits >> 6 & 0x3f] : '=';
		*ret_text++ = i + 2 < size ? digits[bits & 0x3f] : '=';
	}
	*ret_text = '\0';
}

void podman_store__image_path(const char *driver, const char *hex, char ret_path[IMAGE_PATH_MAX])
{
	char id[sizeof(IMAGE_ID_PREFIX) + IMAGE_HEX_SIZE];
	char name[sizeof(id) * 4 / 3 + 4];
	int size = snprintf(id, sizeof(id), IMAGE_ID_PREFIX "%s", hex);

	encode_base64(id, (size_t)size, name);
	snprintf(ret_path, IMAGE_PATH_MAX, "%s-images/%s/=%s", driver, hex, name);
}

bool podman_store__driver(const char *name, const char *suffix, char ret_driver[NAME_MAX + 1])
{
	size_t size = strlen(name), suffix_size = strlen(suffix);

	if (size <= suffix_size || size > NAME_MAX || strcmp(name + size - suffix_size, suffix) != 0)
		return false;
	memcpy(ret_driver, name, size - suffix_size);
	ret_driver[size - suffix_size] = '\0';
	return true;
}
