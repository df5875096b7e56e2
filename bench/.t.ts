import { compare } from './comparison.ts'
import { setStage } from './subjects.ts'
const stage = await setStage({ names: ['passthrough','sallyport','sallyport-read'], clientEra:'modern', upstreamEra:'modern', rules:100 })
try { const r = await compare(stage, { rounds: 2, measureMs: 6000, warmUpMs: 10000, connections:[64], threads:true, onMeasured: m=>console.log(m.subject, m.cpuUsPerCall, m.rps, m.p50Us, m.threads?.filter(t=>t[1]>0)) }) } finally { await stage.stop() }
