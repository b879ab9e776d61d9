#!/usr/bin/env python3
"""Lays out the part of the training data that comes in packages.

usage: prepare-langid-data.py UNPACKED WHEEL OUT

UNPACKED  a folder into which these Debian packages were unpacked (dpkg-deb -x): chromium-l10n, android-framework-res,
          tesseract-ocr-* (languages); dawg2wordlist and combine_tessdata of tesseract-ocr must be on the path
WHEEL     a wheel of Django
OUT       the folder of data: gets strings/{chromium,android,django}/TAG.txt, words/CODE.txt and code/*.txt

The rest is put there by hand: common-voice-sentences.jsonl, prose/*.jsonl (UDHR, Bible corpus, ELTeC, Standard Ebooks,
Aozora), and lingua/lingua-*-language-model/ as `cargo vendor` lays the crates out.
"""
import collections
import glob
import os
import re
import struct
import subprocess
import sys
import tempfile
import zipfile

UNPACKED, WHEEL, OUT = sys.argv[1:4]
for folder in ("strings/chromium", "strings/android", "strings/django", "words", "code"):
    os.makedirs(f"{OUT}/{folder}", exist_ok=True)
tag=re.compile(r'<[^>]{0,200}>|\$\d|\{[^{}]*\}|%\d*\$?[a-zA-Z]|&[a-z]+;|\\n')
def clean(s):
    return re.sub(r'\s+',' ',tag.sub(' ',s)).strip()
# chromium paks
for f in glob.glob(f'{UNPACKED}/**/locales/*.pak',recursive=True):
    d=open(f,'rb').read()
    v=struct.unpack_from('<I',d,0)[0]; assert v==5,v
    enc=d[4]; n,al=struct.unpack_from('<HH',d,8)
    out=set()
    lang=os.path.basename(f)[:-4]
    if lang.endswith(('_FEMININE','_MASCULINE','_NEUTER')): continue
    res=[]
    for i in range(n):
        rid,off=struct.unpack_from('<HI',d,12+6*i)
        _,off2=struct.unpack_from('<HI',d,12+6*(i+1))
        b=d[off:off2]
        try: s=b.decode('utf-16-le' if enc==2 else 'utf-8')
        except Exception: continue
        s=clean(s)
        if len(s)>=12 and s not in out: out.add(s);res.append(s)
    open(f'{OUT}/strings/chromium/{lang}.txt','w').write('\n'.join(res))
# android
z=zipfile.ZipFile(glob.glob(f'{UNPACKED}/**/framework-res.apk',recursive=True)[0])
d=z.read('resources.arsc')
def pool(o):
    t,hs,sz,n,ns,fl,ss,st=struct.unpack_from('<HHIIIIII',d,o)
    offs=struct.unpack_from(f'<{n}I',d,o+28); r=[]
    for x in offs:
        p=o+ss+x
        if fl&0x100:
            a=d[p]; p+=2 if a&0x80 else 1
            b=d[p]
            if b&0x80: b=((b&0x7f)<<8)|d[p+1]; p+=2
            else: p+=1
            r.append(d[p:p+b].decode('utf-8','replace'))
        else:
            a=struct.unpack_from('<H',d,p)[0]; p+=2
            if a&0x8000: a=((a&0x7fff)<<16)|struct.unpack_from('<H',d,p)[0]; p+=2
            r.append(d[p:p+2*a].decode('utf-16-le','replace'))
    return r
o=12; sp=pool(o); o+=struct.unpack_from('<I',d,o+4)[0]
langs=collections.defaultdict(list)
while o<len(d):
    t,hs,sz=struct.unpack_from('<HHI',d,o)
    if t==0x200:
        q=o+hs
        while q<o+sz:
            ct,chs,csz=struct.unpack_from('<HHI',d,q)
            if ct==0x201:
                tid,fl,_,n,es=struct.unpack_from('<BBHII',d,q+8)
                loc=d[q+20+8:q+20+12]
                def dec(b,base):
                    if b[0]&0x80:
                        v=(b[1]<<8|b[0]); 
                        a=b[1]; bb=b[0]
                        return ''.join(chr(base+c) for c in (a&0x1f, ((a&0xe0)>>5)|((bb&3)<<3), (bb&0x7c)>>2))
                    return b.decode('latin1').strip('\0')
                lang=dec(loc[:2],ord('a')); reg=loc[2:4].decode('latin1').strip('\0')
                size=struct.unpack_from('<I',d,q+20)[0]
                script=d[q+20+36:q+20+40].strip(b'\0').decode('latin1') if size>=48 else ''
                if lang:
                    key=lang+('-'+script if script else '')+('-'+reg if reg else '')
                    ents=struct.unpack_from(f'<{n}I',d,q+chs)
                    for e in ents:
                        if e==0xffffffff: continue
                        p=q+es+e
                        s_,f_=struct.unpack_from('<HH',d,p)
                        if f_&1:
                            par,cnt=struct.unpack_from('<II',d,p+8); pp=p+s_
                            for k in range(cnt):
                                nm,vs,r0,dt,dv=struct.unpack_from('<IHBBI',d,pp+12*k)
                                if dt==3: langs[key].append(sp[dv])
                        else:
                            vs,r0,dt,dv=struct.unpack_from('<HBBI',d,p+s_)
                            if dt==3: langs[key].append(sp[dv])
            q+=csz
    o+=sz
for k,v in langs.items():
    r=[];seen=set()
    for s in v:
        s=clean(s)
        if len(s)>=12 and s not in seen: seen.add(s);r.append(s)
    if len(r)>50 and k!='en-XC': open(f'{OUT}/strings/android/{k}.txt','w').write('\n'.join(r))
# django
z=zipfile.ZipFile(WHEEL)
dj=collections.defaultdict(list)
for n in z.namelist():
    m=re.search(r'locale/([^/]+)/LC_MESSAGES/.*\.po$',n)
    if not m: continue
    t=z.read(n).decode('utf-8')
    for blk in t.split('\n\n'):
        if '#, fuzzy' in blk: continue
        mi=re.search(r'msgid ((?:"(?:[^"\\]|\\.)*"\s*)+)',blk)
        ms=re.findall(r'msgstr(?:\[\d\])? ((?:"(?:[^"\\]|\\.)*"\s*)+)',blk)
        if not mi or '"' not in mi.group(1)[2:]: continue
        src=''.join(re.findall(r'"((?:[^"\\]|\\.)*)"',mi.group(1)))
        if not src: continue
        for g in ms:
            s=''.join(re.findall(r'"((?:[^"\\]|\\.)*)"',g)); s=re.sub(r'%\(\w+\)[sd]',' ',s); s=clean(s.replace('\\"','"').replace('\\n',' '))
            if len(s)>=12 and s!=src: dj[m.group(1)].append(s)
for k,v in dj.items():
    v=list(dict.fromkeys(v))
    if len(v)>30: open(f'{OUT}/strings/django/{k}.txt','w').write('\n'.join(v))
# tesseract
for f in glob.glob(f'{UNPACKED}/**/tessdata/*.traineddata',recursive=True):
    k=os.path.basename(f).split('.')[0]
    tw=tempfile.mkdtemp()
    subprocess.run(['combine_tessdata','-u',f,f'{tw}/{k}.'],capture_output=True)
    if os.path.exists(f'{tw}/{k}.lstm-word-dawg'):
        subprocess.run(['dawg2wordlist',f'{tw}/{k}.lstm-unicharset',f'{tw}/{k}.lstm-word-dawg',f'{OUT}/words/{k}.txt'],capture_output=True)
# programs: Django's own, and the library of the Python that runs this
def programs(name,paths,limit):
    size=0
    with open(f'{OUT}/code/{name}.txt','w') as out:
        for path in sorted(paths):
            try: t=open(path,encoding='utf-8').read()[:20000]
            except (OSError,UnicodeDecodeError): continue
            if len(t)<500: continue
            out.write(t+'\n\f\n'); size+=len(t)
            if size>limit: break
lib=os.path.dirname(os.__file__)
programs('python',glob.glob(lib+'/*.py')+glob.glob(lib+'/[a-s]*/*.py'),1500000)
dj=tempfile.mkdtemp(); zipfile.ZipFile(WHEEL).extractall(dj)
for kind in ('js','css','html'):
    programs(kind,[f for f in glob.glob(f'{dj}/**/*.{kind}',recursive=True) if 'locale' not in f],500000)
vendor=glob.glob(f'{OUT}/lingua/*/')
programs('rust',[f for d in vendor for f in glob.glob(os.path.dirname(os.path.realpath(d.rstrip('/')))+'/*/src/**/*.rs',recursive=True)],1500000)
