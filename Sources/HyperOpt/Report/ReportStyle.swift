/// The report's style sheet and script.
enum ReportStyle {
  /// The style sheet.
  ///
  /// Colours are variables, so that a dark page is another set of them. From the best to the worst,
  /// s0 to s7 are strokes and f0 to f7 areas.
  static let sheet = """
    :root{--bg:#f5f6f8;--card:#fff;--ink:#1b2230;--muted:#5d6778;--grid:#e6e9ee;--axis:#98a2b3;
    --complete:#2f6fdb;--pruned:#c59a1b;--failed:#cf3f36;--running:#2a9d6f;--best:#d1410c;
    --r0:#08306b;--r1:#08519c;--r2:#2171b5;--r3:#4292c6;--r4:#6baed6;--r5:#9ecae1;--r6:#c6dbef;
    --r7:#e1ebf6}
    @media (prefers-color-scheme:dark){:root{--bg:#12161d;--card:#1b212b;--ink:#e6eaf0;
    --muted:#9aa5b5;--grid:#2c3440;--axis:#64707f;--complete:#6aa3ff;--pruned:#d9b445;
    --failed:#f0766d;--running:#4fc794;--best:#ff8a4c;--r0:#e3f0ff;--r1:#b5d5fb;--r2:#86b7f0;
    --r3:#5d99de;--r4:#437cc0;--r5:#34619a;--r6:#2a4a75;--r7:#233651}}
    *{box-sizing:border-box}
    body{margin:0;background:var(--bg);color:var(--ink);
    font:15px/1.45 system-ui,-apple-system,"Segoe UI",Roboto,"Liberation Sans",sans-serif}
    header,main{max-width:1120px;margin:0 auto;padding:0 20px}header{padding-top:26px}
    h1{font-size:26px;margin:0}header p{margin:2px 0 16px;color:var(--muted)}
    main{display:flex;flex-wrap:wrap;gap:16px;padding-bottom:40px}
    section{flex:1 1 100%;min-width:0;background:var(--card);border:1px solid var(--grid);
    border-radius:10px;padding:16px 18px}section.half{flex:1 1 480px}
    h2{font-size:17px;margin:0 0 8px}.note{color:var(--muted);font-size:13px;margin:8px 0 0}
    .tiles{flex:1 1 100%;display:flex;flex-wrap:wrap;gap:10px}
    .tiles div{background:var(--card);border:1px solid var(--grid);border-radius:10px;
    padding:9px 14px}.tiles dt{font-size:12px;color:var(--muted)}
    .tiles dd{margin:0;font-size:18px;font-weight:600}
    svg{display:block;width:100%;height:auto;overflow:visible}
    .half svg{max-width:520px;margin:0 auto}
    .grid3{display:grid;grid-template-columns:repeat(auto-fill,minmax(290px,1fr));gap:12px}
    text{font-size:12px;fill:var(--muted)}text.title{fill:var(--ink);font-size:13px}
    text.small{font-size:11px}text.halo{font-size:11px;fill:var(--ink);paint-order:stroke;
    stroke:var(--card);stroke-width:4px;stroke-linejoin:round}
    .grid{stroke:var(--grid)}.axis{stroke:var(--axis)}
    .complete{--c:var(--complete)}.pruned{--c:var(--pruned)}.failed{--c:var(--failed)}
    .running{--c:var(--running)}.best{--c:var(--best)}.wait{--c:var(--muted)}
    .waiting{--c:var(--muted)}
    .c0{--c:#2f6fdb}.c1{--c:#d1410c}.c2{--c:#2a9d6f}.c3{--c:#c59a1b}.c4{--c:#9a4fd0}
    .c5{--c:#17a2b8}.c6{--c:#cf3f7d}.c7{--c:#7a8a2a}.c8{--c:#8a6a4f}.c9{--c:#7d8796}
    .stroke{fill:none;stroke:var(--c);stroke-width:1.3;stroke-linejoin:round}
    .stroke.failed{stroke-width:2}.wide{stroke-width:2.4}.thin{stroke-dasharray:4 4}
    .curve{opacity:.5}.curve:hover,.thread:hover{opacity:1;stroke-width:3}
    .dot{fill:none;stroke:var(--c);stroke-width:6;stroke-linecap:round;opacity:.75}
    .dot.end{stroke-width:4.5}.dot.many{stroke-width:3}
    .disc{fill:var(--c);opacity:.85}.ring{fill:none;stroke:var(--complete);stroke-width:1.3}
    .bar{fill:var(--c)}rect.wait{opacity:.55}
    .thread{stroke-width:1.5;opacity:.75}.cell{shape-rendering:crispEdges}
    .spot{stroke:var(--card);stroke-width:1}
    .s0{stroke:var(--r0);stroke-width:2.2}.s1{stroke:var(--r1)}.s2{stroke:var(--r2)}
    .s3{stroke:var(--r3)}.s4{stroke:var(--r4)}.s5{stroke:var(--r5)}.s6{stroke:var(--r6)}
    .s7{stroke:var(--r7)}
    .f0{fill:var(--r0);background:var(--r0)}.f1{fill:var(--r1)}.f2{fill:var(--r2)}
    .f3{fill:var(--r3)}.f4{fill:var(--r4);background:var(--r4)}.f5{fill:var(--r5)}
    .f6{fill:var(--r6)}.f7{fill:var(--r7);background:var(--r7)}
    .legend{display:flex;flex-wrap:wrap;gap:4px 16px;font-size:13px;color:var(--muted);
    margin-bottom:6px}.key i{display:inline-block;width:11px;height:11px;border-radius:6px;
    margin-right:6px;background:var(--c)}.key i.f0,.key i.f4,.key i.f7{border-radius:2px;
    border:1px solid var(--axis)}
    .key i.f0{background:var(--r0)}.key i.f4{background:var(--r4)}.key i.f7{background:var(--r7)}
    .key i.line{height:3px;width:18px;border-radius:2px;vertical-align:3px}
    .key i.ringkey{background:none;border:1.5px solid var(--complete)}
    .key i.cross{background:none;color:var(--c);width:auto;font-style:normal}
    .key i.cross::before{content:"\u{2715}";font-size:12px;line-height:11px}
    table{border-collapse:collapse;font-size:13px}th{text-align:left;font-weight:500}
    .pairs{width:100%}.pairs th{color:var(--muted);padding:3px 14px 3px 0;vertical-align:top;
    overflow-wrap:anywhere}.pairs td{padding:3px 0;overflow-wrap:anywhere;
    font-variant-numeric:tabular-nums}.pairs .objective td{font-weight:700;font-size:17px;
    color:var(--best)}.pairs .extra{color:var(--muted)}
    .scroll{overflow:auto;max-height:560px}.trials{width:100%}
    .trials td,.trials th{padding:4px 10px 4px 0;border-bottom:1px solid var(--grid);
    white-space:nowrap}.trials td.n{text-align:right;font-variant-numeric:tabular-nums}
    .trials td.wrap{max-width:420px;overflow:hidden;text-overflow:ellipsis;color:var(--muted)}
    .trials thead th{position:sticky;top:0;background:var(--card)}
    .trials tr.best td{font-weight:600;color:var(--best)}
    .trials button{all:unset;cursor:pointer;color:var(--muted)}
    .trials button:hover,.trials button:focus-visible{color:var(--ink);text-decoration:underline}
    th[aria-sort=ascending] button::after{content:" \u{2191}"}
    th[aria-sort=descending] button::after{content:" \u{2193}"}
    .chip{font-weight:500;color:var(--c)}
    @media print{body{background:#fff}section{break-inside:avoid}.scroll{max-height:none}}
    """

  /// Sorts the table of trials by a column; numbers as numbers, empty cells last.
  static let script = """
    document.querySelectorAll("table.trials thead th").forEach(function(th,column){
    th.querySelector("button").onclick=function(){
    var up=th.getAttribute("aria-sort")!=="ascending",body=th.closest("table").tBodies[0];
    th.parentNode.querySelectorAll("th").forEach(function(o){o.removeAttribute("aria-sort")});
    th.setAttribute("aria-sort",up?"ascending":"descending");
    function key(row){var c=row.cells[column],t=c.dataset.k||c.textContent;
    return t===""?null:isNaN(t)?t:Number(t)}
    Array.from(body.rows).map(function(r){return [key(r),r]}).sort(function(a,b){
    if(a[0]===null||b[0]===null)return (a[0]===null)-(b[0]===null);
    var d=typeof a[0]===typeof b[0]?(a[0]<b[0]?-1:a[0]>b[0]?1:0):typeof a[0]==="number"?-1:1;
    return up?d:-d}).forEach(function(p){body.appendChild(p[1])})}});
    """
}
