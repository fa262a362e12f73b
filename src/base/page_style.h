#pragma once

namespace quartet::base {

/// The style of every report: paper and ink by day and by night, tables with figures that line up, charts whose colours
/// are the variables s0 … s5, and a layout that holds from a phone to a sheet of paper.
constexpr const char* kPageStyle = R"css(
:root{color-scheme:light dark;--ink:#1c2530;--soft:#5d6876;--paper:#faf9f6;--card:#fff;--rule:#dfdcd4;--fill:#f0eee8;
--s0:#0f6e78;--s1:#b3541a;--s2:#6a4ea3;--s3:#3f7a2c;--s4:#a93468;--s5:#355fb3;--base:#78818d;
--good:#2b7a4b;--warn:#a86a00;--bad:#b3362d;--common:#d5ebec}
@media screen and (prefers-color-scheme:dark){:root{--ink:#e4e7eb;--soft:#9aa5b1;--paper:#14181d;--card:#1b2127;--rule:#333c46;
--fill:#222a32;--s0:#5fc1c9;--s1:#eaa163;--s2:#b6a2e6;--s3:#93c97f;--s4:#e890b5;--s5:#8fb2f2;--base:#8d98a5;
--good:#6cc590;--warn:#e5b04c;--bad:#ee857b;--common:#1f474b}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.55 system-ui,"Segoe UI",Roboto,sans-serif;
font-variant-numeric:tabular-nums}
main{max-width:1160px;margin:0 auto;padding:2.2rem clamp(1rem,3vw,2rem) 4rem}
h1,h2,h3{font-family:"Iowan Old Style","Palatino Linotype",Palatino,Georgia,serif;line-height:1.2;text-wrap:balance}
h1{font-size:clamp(1.7rem,4.5vw,2.4rem);margin:0 0 .5rem;font-weight:600}
h2{font-size:1.45rem;font-weight:600;margin:2.6rem 0 .6rem;padding-top:.7rem;border-top:2px solid var(--hue,var(--ink))}
h3{font-size:1.1rem;margin:1.6rem 0 .4rem}
p{margin:.5rem 0;max-width:75ch}
a{color:var(--s5)}
small,.soft{color:var(--soft);font-size:.86em}
.lead{font-size:1.12rem}
.toc{display:flex;flex-wrap:wrap;gap:.2rem 1.2rem;margin:.8rem 0 1.2rem;font-size:.93rem}
:focus-visible{outline:3px solid var(--s5);outline-offset:2px;border-radius:2px}
.wide{overflow-x:auto;margin:.6rem 0}
table{border-collapse:separate;border-spacing:0;font-size:.93rem}
th,td{padding:.32rem .7rem;text-align:right;border-bottom:1px solid var(--rule);white-space:nowrap}
thead th{color:var(--soft);font-weight:600;vertical-align:bottom}
td:first-child,th:first-child,.l{text-align:left}
.wide th:first-child{position:sticky;left:0;background:var(--paper)}
tbody th{color:var(--ink);font-weight:400}
tr.all>*{font-weight:700;border-top:2px solid var(--rule)}
pre{background:var(--fill);margin:.3rem 0;padding:.7rem .8rem;font:13px/1.5 ui-monospace,"SF Mono",Menlo,Consolas,monospace;
white-space:pre-wrap;overflow-wrap:anywhere;tab-size:4;border-radius:4px;unicode-bidi:isolate;max-height:34rem;overflow-y:auto}
code{font:.9em ui-monospace,"SF Mono",Menlo,Consolas,monospace;overflow-wrap:anywhere}
summary{cursor:pointer}
.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,26rem),1fr));gap:.4rem 1.4rem}
.pair>*{min-width:0}
.card{background:var(--card);border:1px solid var(--rule);border-top:4px solid var(--hue,var(--rule));border-radius:6px;
padding:.8rem 1rem}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,27rem),1fr));gap:1rem;margin:1rem 0}
.full{width:100%}.drawn{width:99%}.two>*{display:block;line-height:1.25}.two>small{font-weight:400}th.two{white-space:normal;overflow-wrap:break-word;min-width:5.4rem;max-width:14rem}.two b{font-size:1.1em}
.trust{list-style:none;padding:0;margin:1rem 0}.trust li{margin:.3rem 0}
.scale span{float:left}.scale span+span{float:right}
.card h3{margin:.1rem 0 .2rem}
.card table{width:100%}
.good,.warn,.bad{padding:.3rem .9rem;border-left:4px solid var(--good);background:var(--fill);max-width:none}
.warn{border-color:var(--warn)}.bad{border-color:var(--bad)}
.strict{--hue:var(--s0)}.compat{--hue:var(--s1)}.compat .s0{--c:var(--s1)}
.s0{--c:var(--s0)}.s1{--c:var(--s1)}.s2{--c:var(--s2)}.s3{--c:var(--s3)}.s4{--c:var(--s4)}.s5{--c:var(--s5)}
.base{--c:var(--base)}
svg{width:100%;height:auto;display:block;font:12px system-ui,sans-serif}
svg text{fill:var(--soft)}svg .legend{fill:var(--c)}
.grid{stroke:var(--rule);fill:none}.axis{stroke:var(--soft);fill:none}
.line{stroke:var(--c);stroke-width:2;fill:none;stroke-linecap:round;stroke-linejoin:round}
.faint{stroke-width:1;opacity:.4}
.area{fill:var(--c);opacity:.14}.mean{stroke:var(--c);stroke-width:1.5;stroke-dasharray:3 2}.dot{fill:var(--c)}
.base .line{stroke-dasharray:5 3}
path.quarter{stroke:var(--warn);stroke-width:1.5;stroke-dasharray:2 2}text.quarter{fill:var(--warn);font-weight:600}
p.quarter{color:var(--warn);font-size:.86rem;margin:.2rem 0 0}
.chart{max-width:860px}
.plots{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,24rem),1fr));gap:1rem 1.6rem}
figure{margin:0}figcaption{font-size:.93rem}
.key{white-space:nowrap;margin-right:.9rem}figcaption>b{margin-right:.9rem}.key i{display:inline-block;width:.7rem;height:.7rem;border-radius:2px;
margin-right:.35rem}.key[class*=" "] i{background:var(--c,var(--hue))}
.iv{display:block;position:relative;height:1.1rem;min-width:6rem;background:linear-gradient(var(--rule),var(--rule)) center/100% 1px no-repeat}
.iv *{position:absolute}.iv i{top:calc(50% - 4px);height:8px;background:var(--c,var(--hue));opacity:.4;border-radius:3px;min-width:2px}
.iv b{top:1px;bottom:1px;width:3px;margin-left:-1.5px;border-radius:1px;background:var(--c,var(--hue))}
.iv u{top:0;bottom:0;width:1px;background:var(--soft)}
.bar{background:linear-gradient(to right,var(--c,var(--hue,var(--base))) var(--v),var(--fill) 0) .35rem calc(100% - 2px)/calc(100% - .7rem) 3px no-repeat}
.stack{display:flex;height:1.15rem;min-width:9rem;width:100%;border-radius:2px;overflow:hidden;background:var(--fill)}
.stack i{height:100%}.p0{background:var(--hue)}.p1{background:color-mix(in srgb,var(--hue) 72%,var(--card))}
.p2{background:color-mix(in srgb,var(--hue) 46%,var(--card))}.p3{background:color-mix(in srgb,var(--hue) 24%,var(--card))}
.hatch{background:repeating-linear-gradient(135deg,var(--soft) 0 2px,var(--card) 2px 6px)}
.heat{background:color-mix(in srgb,var(--c,var(--base)) var(--v),transparent)}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1.1rem;margin:.6rem 0;font-size:.93rem}
dt{font-weight:600}dd{margin:0;max-width:75ch;overflow-wrap:anywhere}
.pick{position:absolute;opacity:0}.pick+label{display:inline-block;padding:.15rem .7rem;margin:0 .3rem .4rem 0;border:1px solid var(--rule);
border-radius:1rem;cursor:pointer;font-size:.93rem}.pick:checked+label{background:var(--ink);color:var(--paper)}
.pick:focus-visible+label{outline:3px solid var(--s5)}
.list{border-top:1px solid var(--rule)}.list>details{border-bottom:1px solid var(--rule)}
.list summary{padding:.35rem 0;display:flex;flex-wrap:wrap;gap:.1rem .8rem;align-items:baseline}
.list summary::before{content:"▸";color:var(--soft)}.list [open]>summary::before{content:"▾"}
.list summary b{min-width:3.6rem;text-align:right}
.list summary code{flex:1 1 9rem}
.chip{font-size:.8rem;color:var(--soft);border:1px solid var(--rule);border-radius:3px;padding:0 .4rem}
.list details>div{padding:.2rem 0 1rem}
mark{background:var(--common);color:inherit;border-radius:2px}
@media (max-width:600px){th,td{padding:.3rem .45rem}dl{grid-template-columns:1fr}dt{margin-top:.4rem}.chart svg{font-size:19px}
.tight th,.tight td{padding:.3rem .3rem}th.two{overflow-wrap:anywhere;min-width:5.4rem}}
@media print{:root{--paper:#fff;--card:#fff}body{background:#fff;font-size:11pt}main{max-width:none;padding:0}.toc,.pick,.pick+label{display:none}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}figure,.card,tr{break-inside:avoid}h2,h3{break-after:avoid}
.wide{overflow:visible}pre{max-height:none}}
)css";

}  // namespace quartet::base
