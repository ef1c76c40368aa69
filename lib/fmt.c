/* Formatted output into a buffer: the printf subset the kernel needs. */
#include "lib/fmt.h"

#include "lib/string.h"

struct out {
	char *buf;
	size_t size;
	size_t len; /* of the whole text, may exceed size */
};

struct spec {
	bool zero, left, alt, plus;
	int width, precision; /* -1: none */
	int longs;            /* -2 hh, -1 h, 0, 1 l, 2 ll/z */
};

static void put(struct out *o, char c)
{
	if (o->len + 1 < o->size)
		o->buf[o->len] = c;
	o->len++;
}

static void put_padded(struct out *o, const struct spec *s, const char *text, size_t len)
{
	size_t pad = s->width > 0 && (size_t)s->width > len ? (size_t)s->width - len : 0;

	if (!s->left)
		for (; pad > 0; pad--)
			put(o, ' ');
	for (size_t i = 0; i < len; i++)
		put(o, text[i]);
	for (; pad > 0; pad--)
		put(o, ' ');
}

static void put_number(struct out *o, const struct spec *s, u64 value, char sign, char conv)
{
	const char *digits = conv == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
	u64 base = conv == 'x' || conv == 'X' ? 16 : conv == 'o' ? 8 : 10;
	char text[96], rev[72];
	size_t n = 0, len = 0, min = s->precision >= 0 ? (size_t)s->precision : 1;
	u64 v = value;

	for (; v != 0; v /= base)
		rev[n++] = digits[v % base];
	if (sign != '\0')
		text[len++] = sign;
	if (s->alt && value != 0 && base == 16) {
		text[len++] = '0';
		text[len++] = conv;
	} else if (s->alt && base == 8 && n >= min) {
		min = n + 1;
	}
	if (s->zero && !s->left && s->precision < 0 && s->width > (int)len)
		min = MAX(min, (size_t)s->width - len);
	min = MIN(min, (size_t)64);
	for (size_t zeros = n; zeros < min; zeros++)
		text[len++] = '0';
	while (n > 0)
		text[len++] = rev[--n];
	put_padded(o, s, text, len);
}

static const char *parse_spec(const char *p, struct spec *s, va_list *args)
{
	*s = (struct spec){ .precision = -1 };
	for (;; p++) {
		if (*p == '0')
			s->zero = true;
		else if (*p == '-')
			s->left = true;
		else if (*p == '#')
			s->alt = true;
		else if (*p == '+')
			s->plus = true;
		else
			break;
	}
	if (*p == '*') {
		s->width = va_arg(*args, int);
		if (s->width < 0) {
			s->left = true;
			s->width = -s->width;
		}
		p++;
	}
	for (; *p >= '0' && *p <= '9'; p++)
		s->width = s->width * 10 + (*p - '0');
	if (*p == '.') {
		s->precision = 0;
		if (*++p == '*') {
			s->precision = va_arg(*args, int);
			p++;
		}
		for (; *p >= '0' && *p <= '9'; p++)
			s->precision = s->precision * 10 + (*p - '0');
	}
	for (;; p++) {
		if (*p == 'l')
			s->longs++;
		else if (*p == 'h')
			s->longs--;
		else if (*p == 'z')
			s->longs = 2;
		else
			return p;
	}
}

static u64 unsigned_arg(const struct spec *s, va_list *args)
{
	if (s->longs > 0)
		return va_arg(*args, unsigned long);
	unsigned int v = va_arg(*args, unsigned int);
	return s->longs == -1 ? (u16)v : s->longs == -2 ? (u8)v : v;
}

static s64 signed_arg(const struct spec *s, va_list *args)
{
	if (s->longs > 0)
		return va_arg(*args, long);
	int v = va_arg(*args, int);
	return s->longs == -1 ? (s16)v : s->longs == -2 ? (s8)v : v;
}

static void convert(struct out *o, char conv, struct spec *s, va_list *args)
{
	switch (conv) {
	case 'd':
	case 'i': {
		s64 v = signed_arg(s, args);

		put_number(o, s, v < 0 ? -(u64)v : (u64)v, v < 0 ? '-' : s->plus ? '+' : '\0', 'd');
		break;
	}
	case 'u':
	case 'x':
	case 'X':
	case 'o':
		put_number(o, s, unsigned_arg(s, args), '\0', conv);
		break;
	case 'p':
		s->alt = true;
		put_number(o, s, (u64)(uintptr_t)va_arg(*args, void *), '\0', 'x');
		break;
	case 'c': {
		char c = (char)va_arg(*args, int);

		put_padded(o, s, &c, 1);
		break;
	}
	case 's': {
		const char *text = va_arg(*args, const char *);

		if (text == NULL)
			text = "(null)";
		put_padded(o, s, text,
			   s->precision >= 0 ? strnlen(text, (size_t)s->precision) : strlen(text));
		break;
	}
	default:
		put(o, conv);
	}
}

int fmt_vprint(char *buf, size_t size, const char *fmt, va_list args)
{
	struct out o = { .buf = buf, .size = size };
	va_list copy;

	va_copy(copy, args);
	for (const char *p = fmt; *p != '\0'; p++) {
		struct spec s;

		if (*p != '%') {
			put(&o, *p);
			continue;
		}
		p = parse_spec(p + 1, &s, &copy);
		if (*p == '\0')
			break;
		convert(&o, *p, &s, &copy);
	}
	va_end(copy);
	if (size > 0)
		buf[MIN(o.len, size - 1)] = '\0';
	return (int)o.len;
}

int fmt_print(char *buf, size_t size, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	int n = fmt_vprint(buf, size, fmt, args);
	va_end(args);
	return n;
}
