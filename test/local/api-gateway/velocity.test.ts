import { expect, test } from 'vitest';
import { render } from './rendering.ts';

/** `$s`, `$n` … are set before each template from a body with these fields. */
const BODY = JSON.stringify({
  s: `it's "x" \\ /<a>é\n\u007f b b`,
  n: 7,
  neg: -7,
  d: 2.5,
  t: true,
  f: false,
  num: '7',
  m: { a: '1', b: ['x', 'y', 'z'], c: {} },
  l: [3, 1, 2],
  empty: '',
});

// The expected texts are what Apache Velocity 1.7 with Commons Lang 2.6 rendered on Java 17.
test.each([
  ['$num$!num$!{num}$num', '7777'],
  ['"$num" $5 $ $. #1 # $num.', '"7" $5 $ $. #1 # 7.'],
  ['{"a":"$num","b":{$num},"c":[$num]}', '{"a":"7","b":{7},"c":[7]}'],
  ['\\"$num \\\\"$num"', '\\"7 \\\\"7"'],
  [
    '"#status = :s, #set_at, #end1 #s,#t attribute_not_exists(#pk) #$num #fff"',
    '"#status = :s, #set_at, #end1 #s,#t attribute_not_exists(#pk) #7 #fff"',
  ],
  ['#set($x = "#s = :v and a#b")$x', '#s = :v and a#b'],
  ['$m.a $m["a"] $m.get("a") $m.b[1] $m.b.get(0)', '1 1 1 y x'],
  ['#set($key = "a")$m.get($key)$m[$key]$m.get("$key")', '111'],
  [
    '$m.size() $m.isEmpty() $m.c.isEmpty() $m.containsKey("a") $m.containsKey("z")',
    '3 false true true false',
  ],
  ['$m.keySet() #foreach($k in $m.keySet())$k#if($foreach.hasNext),#end#end', '[a, b, c] a,b,c'],
  [
    '#foreach($e in $m.c.entrySet())x#end#foreach($e in $m.entrySet())$e.key $e.getKey();#end',
    'a a;b b;c c;',
  ],
  ['#set($z = {"p": 1, "q": 2})#foreach($v in $z)$v;#end', '1;2;'],
  [
    '#foreach($v in $l)$v:$foreach.index:$foreach.count:$velocityCount:$foreach.first:$foreach.last;#end',
    '3:0:1:1:true:false;1:1:2:2:false:false;2:2:3:3:false:true;',
  ],
  ['#foreach($i in [1..3])$i#end#foreach($i in [3..1])$i#end', '123321'],
  [
    '#foreach($i in $l)#foreach($j in $l)$i$j$foreach.index #end$foreach.index#end',
    '330 311 322 0130 111 122 1230 211 222 2',
  ],
  ['#set($k = 1)#foreach($i in $l)#set($k = $k + $i)#end$k', '7'],
  ['#foreach($i in $empty)x#end', ''],
  ['#if($n == 7)T#{else}F#end#if($num == 7)T#{else}F#end#if($n == "7")T#{else}F#end', 'TTT'],
  ['#if($t == "true")T#{else}F#end#if($m == "")T#{else}F#end#if($empty == "")T#{else}F#end', 'TFT'],
  ['#if($n == 7.0)T#{else}F#end#if($d == 2.5)T#{else}F#end#if($s != "")T#{else}F#end', 'TTT'],
  ['#if($t && !$f)T#end#if($f || $t)T#end#if($t and not $f)T#end', 'TTT'],
  ['#if(!($n == 7))X#elseif($n > 6)Y#{else}Z#end', 'Y'],
  ['#if($n > 6 && $n >= 7 && $n < 8 && $n <= 7 && $d < $n && $n != 8)T#end', 'T'],
  ['#if($n gt 6 and $n eq 7 and $n ne 8 and $n lt 9 and $n le 9 and $n ge 2)T#end', 'T'],
  ['#set($x = 7 / 2)$x,#set($x = $neg / 2)$x,#set($x = $neg % 4)$x,#set($x = 10 - 3 - 2)$x', '3,-3,-3,5'],
  [
    '#set($x = 2 + 3 * 4 - 1)$x,#set($x = ($n + 1) * 2)$x,#set($x = 5 % 3 * 2)$x,#set($x = $d + 1)$x',
    '13,16,4,3.5',
  ],
  ['#set($x = $n + "a")$x,#set($x = "a" + $n + 1)$x', '7a,a71'],
  ['#set($x = $t && $f)$x,#set($x = !$t)$x,#set($x = $num == "7")$x', 'false,false,true'],
  ['#set($z = {"a":1,"b":[1,2],"c":{}})$z.a $z.b $z', '1 [1, 2] {a=1, b=[1, 2], c={}}'],
  [
    '#set($z = ["a",\'b\',1,true])$z $z.size() $z.contains("a") $z.contains(1)',
    '[a, b, 1, true] 4 true true',
  ],
  ['#set($z = [])#set($ok = $z.add("x"))$z $ok', '[x] true'],
  ['#set($z = {})#set($z.q = "1")#set($z["r"] = $n)$z.q$z.r', '17'],
  ['#set($z = {"a":1})$z.put("a",2)$z.a', '12'],
  ['#set($z = [1,2])#set($z[1] = 5)$z', '[1, 5]'],
  ['#set($w = "x$!{num}y")$w #set($w = \'x$num\')$w', 'x7yx$num'],
  ['#set($w = "a\'b")$w,#set($w = \'a"b\')$w,#set($w = "a\\nb\\\\c")$w', 'a\'b,a"b,a\\nb\\\\c'],
  ['#set($x = "#if($t)yes#end")$x', 'yes'],
  ['a\n#set($x = 1)\nb $x', 'a\nb 1'],
  ['\n  #set($x = 1)\n  b', '  b'],
  ['a\n#if($t)\n  b\n#end\nc', 'a\n  b\nc'],
  ['a\n#foreach($i in $l)\n$i#if($foreach.hasNext),#end\n#end\nz', 'a\n3,1,2z'],
  ['a ## $nothing #nothing\nb#* c *# d', 'a b d'],
  [
    '$s.length() $s.substring(0,4) $s.startsWith("it") $s.endsWith("b") $s.contains("<a>")',
    "22 it's true true true",
  ],
  ['$num.equals("7") $num.equals($n) $num.isEmpty() $empty.isEmpty()', 'true false false true'],
  ['$num.matches("[0-9]+") $num.matches("[0-6]") $s.matches("it.*")', 'true false false'],
  ['$s.split(" ").size() $s.split(" ")[1] $s.split("b").size() $empty.split(",").size()', '6 "x" 2 1'],
  ['$s.replaceAll("(b) (b)","$2-$1").substring(18)', ' b-b'],
  ['$s.replaceAll("\\s","_").substring(14)', '>é_\u007f_b_b'],
  ['$s.replaceAll("b$","X").substring(18)', ' b X'],
  ['$s.replaceAll("b","\\\\x").substring(18)', ' \\x \\x'],
  ['$s.replace("b","$1\\2").substring(18)', ' $1\\2 $1\\2'],
  ['$num.toString().toUpperCase().toLowerCase().trim()', '7'],
  ['$n.toString().length() $t.toString()', '1 true'],
  ['$util.escapeJavaScript($s)', 'it\\\'s \\"x\\" \\\\ \\/<a>\\u00E9\\n\u007f b b'],
  ['$util.urlEncode($s)', 'it%27s+%22x%22+%5C+%2F%3Ca%3E%C3%A9%0A%7F+b+b'],
  ['$util.base64Encode($s)', 'aXQncyAieCIgXCAvPGE+w6kKfyBiIGI='],
])('renders as Velocity 1.7: %j', (template, expected) => {
  const sets = Object.keys(JSON.parse(BODY)).map((name) => `#set($${name} = $input.path('$.${name}'))`);
  expect(render(`${sets.join('')}${template}`, { body: BODY })).toBe(expected);
});
