import { describe, expect, test } from 'vitest';
import { compileTemplate } from '../../../local/api-gateway/mapping-template.ts';
import { TemplateInput } from '../../../local/api-gateway/template-input.ts';
import { call, render } from './rendering.ts';

// Recorded from AWS in localstack's snapshots of `$input.path` and `$input.body`.
describe('renders as API Gateway', () => {
  test.each([
    ["$input.path('$')", '{"foo":"bar"}', '{foo=bar}'],
    ["$input.path('$')", '[{"foo":"bar"}]', '[{"foo":"bar"}]'],
    ["$input.path('$')", '{"foo":[{"nested":"bar"}]}', '{foo=[{"nested":"bar"}]}'],
    ["$input.path('$')", '{"bigger":"dict","to":"test"}', '{bigger=dict, to=test}'],
    ["$input.path('$').toString()", '{"list":[{"foo":"bar"}]}', '{list=[{"foo":"bar"}]}'],
    ["$input.path('$')[0]", '[[{"foo":"bar"}]]', '[{"foo":"bar"}]'],
    ["$input.path('$.missing') $input.path('$.missing').nested", '{}', ' '],
    ["$input.path('$.missing')", '', ''],
    ["$input.path('$.null')", '{"null":null}', ''],
    [`#if($input.path('$.missing') == "")T#end`, '{}', 'T'],
    [`#if($input.path('$.null') == "")T#end`, '{"null":null}', 'T'],
    [`#if($input.path('$.list') == "")T#{else}F#end`, '{"list":[]}', 'F'],
    ['$input.body', '', '{}'],
    ['$input.body', '{"some": "value"}', '{"some": "value"}'],
    ['$input.body', 'some raw data', 'some raw data'],
    ['$input.body.access', '{"access":1}', ''],
    ['$util.urlEncode($input.body)', '{"some": "value"}', '%7B%22some%22%3A+%22value%22%7D'],
    ["$input.json('$.message')", '"text"', '""'],
    ["$input.json('$.message')", 'no json', '""'],
  ])('%j of %j', (template, body, expected) => {
    expect(render(template, { body })).toBe(expected);
  });
});

describe('$input', () => {
  test.each([
    ["$input.json('$')", '{ "a" : [1, null] }', '{"a":[1,null]}'],
    ["$input.json('$.a.b')", '{"a":{"b":"x"}}', '"x"'],
    ["$input.json('$.a[1].b')", '{"a":[0,{"b":true}]}', 'true'],
    [`$input.json("$['a b']")`, '{"a b":1}', '1'],
    ["$input.json('$.a[5]')", '{"a":[]}', '""'],
    ["$input.json('$.__proto__')", '{"__proto__":{"x":1}}', '{"x":1}'],
    ["$input.path('$.constructor')$input.path('$').constructor", '{}', ''],
    ["$input.json('$')", 'a=b', '"a=b"'],
    ["$input.path('$').split('=')[1]", 'a=b', 'b'],
    ["#set($p = '$.a')$input.path($p)", '{"a":1}', '1'],
  ])('%s of %s', (template, body, expected) => {
    expect(render(template, { body })).toBe(expected);
  });

  test('params(name) looks into the path, then the query string, then the headers', () => {
    const headers = ['X', 'header', 'x', 'last header'];
    const template = "$input.params('x')";
    expect(render(template, { path: { x: 'path' }, query: 'x=query', headers })).toBe('path');
    expect(render(template, { query: 'x=first&x=last', headers })).toBe('last');
    expect(render(template, { headers })).toBe('last header');
    expect(render(template)).toBe('');
  });

  test('params() is a map of three maps', () => {
    const template =
      '#foreach($type in $input.params().keySet())#set($all = $input.params().get($type))' +
      '#foreach($name in $all.keySet())$type $name $all.get($name);#end#end';
    const given = { path: { a: '1' }, query: 'b=2&b=3', headers: ['Content-Type', 'x'] };
    expect(render(template, given)).toBe('path a 1;querystring b 3;header Content-Type x;');
  });
});

describe('$util', () => {
  test.each([
    ['$util.urlDecode("a+b%20%C3%A9")', 'a b é'],
    ['$util.base64Decode("w6k=")', 'é'],
    [`$util.parseJson('{"k":{"a":[1,2]}}').k.a[1]`, '2'],
    [`$util.parseJson('null')`, ''],
    ["$util.escapeJavaScript('')", ''],
    ['$util.urlEncode("a*b-c_d.e~f")', 'a*b-c_d.e%7Ef'],
  ])('%s', (template, expected) => {
    expect(render(template)).toBe(expected);
  });
});

describe('$context and $stageVariables', () => {
  test('name the request', () => {
    const headers = ['Host', 'api.example.com:8080', 'User-Agent', 'test'];
    const given = call({ headers });
    const template = compileTemplate(
      '$context.requestId $context.requestTimeEpoch $context.httpMethod $context.path $context.resourcePath ' +
        '$context.resourceId $context.stage $context.apiId $context.accountId $context.identity.sourceIp ' +
        '$context.identity.userAgent $context.domainName $context.domainPrefix $context.protocol ' +
        "$stageVariables.table $stageVariables['table'] $!{stageVariables.get('table')}",
    );
    const { id, receivedAt } = given.request;
    expect(template(new TemplateInput(given, ''))).toBe(
      `${id} ${receivedAt} POST /things /things things prod api-id 111122223333 127.0.0.1 test ` +
        'api.example.com api HTTP/1.1 Things Things Things',
    );
  });

  test('hold times and ids of the right form', () => {
    expect(render('$context.requestTime')).toMatch(/^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/);
    expect(render('$context.extendedRequestId')).toMatch(/^[0-9a-f]{15}=$/);
    expect(render('$context.identity.caller')).toBe('');
  });

  test('responseOverride keeps what templates set', () => {
    const given = call();
    const template = compileTemplate(
      '#set($context.responseOverride.status = 404)#set($context.responseOverride.header.a = "b")' +
        '#set($name = "c")#set($context.responseOverride.header[$name] = "d")',
    );
    expect(template(new TemplateInput(given, ''))).toBe('');
    expect(given.responseOverride).toEqual({ status: 404, header: { a: 'b', c: 'd' } });
  });
});

describe('refuses before it is rendered', () => {
  test.each([
    ['#stop', '#stop is not supported'],
    ['#break', '#break is not supported'],
    ['#macro(x)y#end', '#macro is not supported'],
    ['#define($x)y#end', '#define is not supported'],
    ['#parse("x")', '#parse is not supported'],
    ['#include("x")', '#include is not supported'],
    ['#evaluate("x")', '#evaluate is not supported'],
    ['#@x()#end', '#@x is not supported'],
    ['#x()', '#x is not supported'],
    ['#x (1)', '#x is not supported'],
    ['#{if}(true)x#end', '#{if is not supported'],
    ['#{stop}', '#{stop is not supported'],
    ['#[[x]]#', '#[[…]]# is not supported'],
    ['#if(true)x', 'an #end is missing'],
    ['x#end y', 'an #end too many'],
    ['x #else', '#else is not supported here'],
    ['\\$x', 'a backslash before $ or #'],
    ['\\#set($x = 1)', 'a backslash before $ or #'],
    ['$x', '$x is never set'],
    ['#set($x = $y)', '$y is never set'],
    ['$foreach.index $foreach.parent', '$foreach.parent is not supported'],
    ['#set($input = 1)', '#set of $input is not supported'],
    ['#set($util.x = 1)', '$util is not supported'],
    ['#set($context.stage = "x")', '$context is not supported'],
    ['$input', '$input with these arguments is not supported'],
    ['$input.constructor("x")', '$input.constructor() with these arguments is not supported'],
    ['$input.json()', '$input.json() with these arguments is not supported'],
    ['$util.qr("x")', '$util.qr() is not supported'],
    ['$util.constructor("x")', '$util.constructor() is not supported'],
    ['$util.escapeJavaScript()', '$util.escapeJavaScript() takes one argument'],
    ['$context.authorizer', '$context.authorizer is not supported'],
    ['$context.authorizer.get("x")', '$context.authorizer.get() is not supported'],
    ['$context.error.message', '$context.error.message is not supported'],
    ['$context.requestOverride.header', '$context.requestOverride.header is not supported'],
    ['$context.identity', '$context.identity is not supported'],
    ['#set($x = "")$x.charAt(0)', '.charAt() is not supported'],
    ['#set($x = "a\\"b")', 'an escaped quote in a string is not supported'],
    ["#set($x = 'a\\'b')", 'an escaped quote in a string is not supported'],
    ['#set($x = "\\u0041")', '\\u in a string is not supported'],
    ['#set($x = "")#if($x == null)T#end', 'Velocity knows no null'],
    ['#set($x = true || true && false)', '&& beside || needs parentheses'],
    ['#set($x = 1)#set($x.y() = 2)', undefined],
    ['#set($x = 1)$x(1)', '$x(…) is not supported'],
    ['${x', undefined],
    ['#set($x = )', undefined],
  ])('%s', (template, message) => {
    expect(() => compileTemplate(template)).toThrow(message);
  });
});

describe('fails where API Gateway would, or where it is not known what it does', () => {
  test.each([
    ['#if($input.path("$.x"))T#end', '#if of a string ("")'],
    ['#if(!$input.params("x"))T#end', '! of a string ("")'],
    ['#if(true && $input.params("x"))T#end', '&& of a string ("")'],
    ['#if(true)x#elseif(1)y#end#if(false)x#elseif(1)y#end', '#elseif of a number ("1")'],
    ['$input.json("$.null")', '$input.json("$.null") of a null'],
    ['$input.path("$..x")', 'the JSONPath "$..x"'],
    ['$input.path("x")', 'the JSONPath "x"'],
    ['$input.path("$.x[*]")', 'the JSONPath "$.x[*]"'],
    ['$input.path(1)', '$input.path() takes a string, not 1'],
    ['$util.escapeJavaScript($input.path("$.list"))', '$util.escapeJavaScript() takes a string'],
    ['$util.parseJson("{")', '$util.parseJson of a text that is no JSON'],
    ['$util.urlDecode("%")', '$util.urlDecode of a text'],
    ['$input.path("$.list")[9]', 'index 9 in a list of 1'],
    ['$input.path("$.list").get(-1)', 'index -1 in a list of 1'],
    ['$input.path("$.list").length()', '.length() on a list is not supported'],
    ['$input.path("$.list").size("x")', '.size() with 1 arguments'],
    ['$input.path("$.list").empty', '.empty on a list'],
    ['$input.path("$").class', '.class is not supported'],
    ['$input.path("$.n").x[0]', '[0] on a string'],
    ['$input.params("x").size()', '.size() on a string'],
    ['$input.params("x").substring(1)', '.substring(1, 0) of 0 characters'],
    ['$input.params("x").contains(1)', 'a string was needed, not the number 1'],
    ['#foreach($x in $input.path("$.n"))$x#end', '#foreach over a number'],
    ['#foreach($x in $input.path("$.long"))$x#end', '#foreach over 1001 items'],
    ['#foreach($x in [1..1001])$x#end', 'the range [1..1001]'],
    ['#if($input.path("$.list") == $input.path("$.list"))T#end', '== between two lists'],
    ['#if("a" < "b")T#end', 'string < string: both sides have to be numbers'],
    ['#set($x = 1 - "a")', 'number - string'],
    ['#set($x = 1 / 0)', 'division by zero'],
    ['#set($x = 9007199254740991 + 1)', 'is too large'],
    [
      '#set($context.responseOverride.status = 1)#set($context.responseOverride.status = 2)',
      'overridden twice',
    ],
    ['#set($x = "a")#set($x.y = 1)', '#set of [y] on a string'],
  ])('%s', (template, message) => {
    const body = JSON.stringify({ null: null, list: [1], n: 1, long: Array(1001).fill(0) });
    expect(() => render(template, { body })).toThrow(message);
  });

  test.each(['\\p{Alpha}', '\\Qx\\E', '(?i)x', 'x++', 'x*+', '(?>x)', '[a-z&&[b]]', '(', '[[x]]', '\\'])(
    "Java's own regular expression %s",
    (pattern) => {
      expect(() => render(`#set($x = "x")$x.replaceAll('${pattern}', "")`)).toThrow('is not supported');
    },
  );
});
