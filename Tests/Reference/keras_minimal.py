"""The files of Tests/Fixtures/keras/golden/min: models as a program without Keras writes them, by h5py alone.

Run in the folder in which keras_golden.py has made k3/ (h5py and numpy are needed). Keras 3 and tf.keras 2 load
the .h5 files and predict what k3/NAME.io.h5 has.
"""
# The smallest legacy-H5 file that BOTH Keras 3 and tf.keras 2 load: what a non-Python writer has to write.
# fixed-length null-padded ASCII strings everywhere, no optimizer state, no training_config unless asked.
import h5py, json, numpy as np, os
os.makedirs('min',exist_ok=True)
def S(s): return np.bytes_(s.encode())
def write(fn, config, layers, training=None, version='2.15.0'):
    with h5py.File(fn,'w',libver='earliest') as f:
        f.attrs['keras_version']=S(version); f.attrs['backend']=S('tensorflow'); f.attrs['model_config']=S(json.dumps(config))
        if training: f.attrs['training_config']=S(json.dumps(training))
        g=f.create_group('model_weights'); g.attrs['keras_version']=S(version); g.attrs['backend']=S('tensorflow')
        g.attrs['layer_names']=np.array([n.encode() for n,_ in layers])
        for n,ws in layers:
            lg=g.create_group(n); lg.attrs['weight_names']=np.array([w.encode() for w,_ in ws],dtype='S64') if ws else np.zeros((0,))
            for w,a in ws: lg.create_dataset(w,data=a)
def io(src,n):
    g=h5py.File(f'{src}/{n}.io.h5'); return [g[f'weights/{k}'][:] for k in sorted(g['weights'])]
inp=lambda shape,name,dt='float32': {'class_name':'InputLayer','config':{'batch_input_shape':[None]+shape,'dtype':dt,'sparse':False,'name':name}}
lay=lambda c,name,**k: {'class_name':c,'config':dict(name=name,trainable=True,**k)}
seq=lambda name,ls: {'class_name':'Sequential','config':{'name':name,'layers':ls}}
def names(layer,*n): return [f'{layer}/{x}:0' for x in n]
W={n:io('k3',n) for n in ('mlp','cnn','lstm','gru','ae','text','conv1d')}
w=W['mlp']; KB=lambda L,i,ws:(L,list(zip(names(L,'kernel','bias'),ws[i:i+2])))
write('min/mlp.h5',seq('mlp',[inp([784],'in'),lay('Dense','dense_1',units=64,activation='relu'),lay('Dropout','drop',rate=0.2),lay('Dense','dense_2',units=32,activation='tanh'),lay('Dense','out',units=10,activation='softmax')]),
  [KB('dense_1',0,w),('drop',[]),KB('dense_2',2,w),KB('out',4,w)])
w=W['cnn']
write('min/cnn.h5',seq('cnn',[inp([28,28,1],'in'),lay('Conv2D','conv_1',filters=8,kernel_size=[3,3],padding='same',activation='relu'),lay('BatchNormalization','bn',axis=[3] if 0 else -1,momentum=0.99,epsilon=0.001),lay('MaxPooling2D','pool',pool_size=[2,2]),lay('Conv2D','conv_2',filters=16,kernel_size=[3,5],strides=[2,2],activation='relu'),lay('AveragePooling2D','apool',pool_size=[2,2]),lay('Flatten','flat'),lay('Dense','out',units=10,activation='softmax')]),
  [KB('conv_1',0,w),('bn',list(zip(names('bn','gamma','beta','moving_mean','moving_variance'),w[2:6]))),('pool',[]),KB('conv_2',6,w),('apool',[]),('flat',[]),KB('out',8,w)])
R=lambda L,cell,i,ws:(L,list(zip([f'{L}/{cell}/{x}:0' for x in ('kernel','recurrent_kernel','bias')],ws[i:i+3])))
w=W['lstm']; write('min/lstm.h5',seq('lstm',[inp([12,3],'in'),lay('LSTM','lstm_1',units=8,return_sequences=True),lay('LSTM','lstm_2',units=6),lay('Dense','out',units=1)]),[R('lstm_1','lstm_cell',0,w),R('lstm_2','lstm_cell',3,w),KB('out',6,w)])
w=W['gru']; write('min/gru.h5',seq('gru',[inp([12,3],'in'),lay('GRU','gru_1',units=8,return_sequences=True,reset_after=True),lay('GRU','gru_2',units=6,reset_after=False),lay('Dense','out',units=1)]),[R('gru_1','gru_cell',0,w),R('gru_2','gru_cell',3,w),KB('out',6,w)])
w=W['ae']; tr={'loss':'mean_squared_error','metrics':None,'weighted_metrics':None,'loss_weights':None,'optimizer_config':{'class_name':'Adam','config':{'learning_rate':0.001}}}
write('min/ae.h5',seq('autoencoder',[inp([64],'in'),lay('Dense','enc_1',units=16,activation='relu'),lay('Dense','code',units=4,activation='linear'),lay('Dense','dec_1',units=16,activation='relu'),lay('Dense','out',units=64,activation='sigmoid')]),[KB('enc_1',0,w),KB('code',2,w),KB('dec_1',4,w),KB('out',6,w)],tr)
w=W['text']; write('min/text.h5',seq('text',[inp([10],'in','int32'),lay('Embedding','embed',input_dim=65,output_dim=16),lay('LayerNormalization','ln',epsilon=0.001),lay('Bidirectional','bi',layer={'module':'keras.layers','class_name':'GRU','config':{'name':'g','units':5},'registered_name':None},merge_mode='concat'),lay('Dense','logits',units=65)]),
  [('embed',[('embed/embeddings:0',w[0])]),('ln',list(zip(names('ln','gamma','beta'),w[1:3]))),('bi',[(f'bi/{d}_g/gru_cell/{x}:0',w[3+3*i+j]) for i,d in enumerate(('forward','backward')) for j,x in enumerate(('kernel','recurrent_kernel','bias'))]),KB('logits',9,w)])
w=W['conv1d']; write('min/conv1d.h5',seq('conv1d',[inp([20,4],'in'),lay('Conv1D','c1',filters=6,kernel_size=[5],padding='causal',dilation_rate=[2],activation='relu'),lay('GlobalAveragePooling1D','gap'),lay('Dense','out',units=2,activation='softmax')]),[KB('c1',0,w),('gap',[]),KB('out',2,w)])

# functional graph: Keras-2 style inbound_nodes, read by both
def node(c,name,inb,**k): d=lay(c,name,**k); d['name']=name; d['inbound_nodes']=[[[p,0,0,{}] for p in inb]] if inb else []; return d
def inode(shape,name): d=inp(shape,name); d['name']=name; d['inbound_nodes']=[]; return d
w=io('k3','functional')
cfg={'class_name':'Functional','config':{'name':'functional','layers':[inode([8],'a'),inode([5],'b'),node('Dense','da',['a'],units=6,activation='elu'),node('Dense','db',['b'],units=6,activation='selu'),node('Concatenate','cat',['da','db'],axis=-1),node('Dense','p',['cat'],units=4),node('Dense','q',['cat'],units=4,use_bias=False),node('Add','add',['p','q']),node('Dense','o',['add'],units=1,activation='sigmoid')],'input_layers':[['a',0,0],['b',0,0]],'output_layers':[['o',0,0]]}}
write('min/functional.h5',cfg,[('a',[]),('b',[]),KB('da',0,w),KB('db',2,w),('cat',[]),KB('p',4,w),('q',[('q/kernel:0',w[6])]),('add',[]),KB('o',7,w)])
# a fully compiled one: classification with Adam and accuracy
w=W['mlp']; tr={'loss':'sparse_categorical_crossentropy','metrics':['accuracy'],'weighted_metrics':None,'loss_weights':None,'optimizer_config':{'class_name':'Adam','config':{'name':'Adam','learning_rate':0.001,'beta_1':0.9,'beta_2':0.999,'epsilon':1e-7,'amsgrad':False}}}
write('min/mlp_compiled.h5',seq('mlp',[inp([784],'in'),lay('Dense','dense_1',units=64,activation='relu'),lay('Dropout','drop',rate=0.2),lay('Dense','dense_2',units=32,activation='tanh'),lay('Dense','out',units=10,activation='softmax')]),[KB('dense_1',0,w),('drop',[]),KB('dense_2',2,w),KB('out',4,w)],tr)
# Keras-3 .weights.h5 by hand: layers/<snake class>[_k]/vars/<i>; RNN under /cell
def write3(fn,entries):
    with h5py.File(fn,'w') as f:
        for path,ws in entries:
            g=f.create_group(path+'/vars')
            for i,a in enumerate(ws): g.create_dataset(str(i),data=a)
w=W['mlp']; write3('min/mlp.weights.h5',[('layers/dense',w[0:2]),('layers/dropout',[]),('layers/dense_1',w[2:4]),('layers/dense_2',w[4:6])])
w=W['lstm']; write3('min/lstm.weights.h5',[('layers/lstm/cell',w[0:3]),('layers/lstm',[]),('layers/lstm_1/cell',w[3:6]),('layers/lstm_1',[]),('layers/dense',w[6:8])])

# .keras (Keras 3 zip) by hand: stored zip, minimal config dialect
import zipfile,json,h5py,numpy as np,io
g=h5py.File('k3/mlp.io.h5'); w=[g[f'weights/{k}'][:] for k in sorted(g['weights'])]
L=lambda c,**k:{'module':'keras.layers','class_name':c,'config':k,'registered_name':None}
cfg={'module':'keras','class_name':'Sequential','config':{'name':'mlp','layers':[L('InputLayer',batch_shape=[None,784],dtype='float32',name='in'),L('Dense',name='dense_1',units=64,activation='relu'),L('Dropout',name='drop',rate=0.2),L('Dense',name='dense_2',units=32,activation='tanh'),L('Dense',name='out',units=10,activation='softmax')]},'registered_name':None}
b=io.BytesIO()
with h5py.File(b,'w') as f:
    for p,ws in (('layers/dense',w[0:2]),('layers/dropout',[]),('layers/dense_1',w[2:4]),('layers/dense_2',w[4:6])):
        v=f.create_group(p+'/vars')
        for i,a in enumerate(ws): v.create_dataset(str(i),data=a)
with zipfile.ZipFile('min/mlp.keras','w',zipfile.ZIP_STORED) as z:
    z.writestr('metadata.json',json.dumps({'keras_version':'3.0.0','date_saved':'2026-01-01@00:00:00'})); z.writestr('config.json',json.dumps(cfg)); z.writestr('model.weights.h5',b.getvalue())
