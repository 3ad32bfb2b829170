"""Golden files for Tests/Fixtures/keras/golden: networks that Keras itself saved, and what they predict.

Run once with Keras 3.15 (KERAS_BACKEND=tensorflow or jax; python3 Tests/Reference/keras_golden.py k3) and once
with tf_keras 2.21, which writes Keras 2's dialect (... k2), in an empty folder; names of networks behind that
make only those. Of k2 and k3 some networks are kept in one of the two folders only. The numbers differ from one
version to the next: a new run replaces a network's files together.
"""
import os, sys, json
os.environ['TF_CPP_MIN_LOG_LEVEL']='3'; os.environ['CUDA_VISIBLE_DEVICES']='-1'; os.environ['OMP_NUM_THREADS']='1'
import numpy as np, h5py
which=sys.argv[1]
if which=='k3':
    import keras
else:
    import tf_keras as keras
L=keras.layers; out=which; os.makedirs(out,exist_ok=True)
rng=np.random.default_rng(7)
def mlp():
    return keras.Sequential([L.Input((784,),name='in'),L.Dense(64,activation='relu',name='dense_1'),L.Dropout(0.2,name='drop'),L.Dense(32,activation='tanh',name='dense_2'),L.Dense(10,activation='softmax',name='out')],name='mlp'), rng.random((5,784),dtype=np.float32)
def cnn():
    return keras.Sequential([L.Input((28,28,1),name='in'),L.Conv2D(8,3,padding='same',activation='relu',name='conv_1'),L.BatchNormalization(name='bn'),L.MaxPooling2D(2,name='pool'),L.Conv2D(16,(3,5),strides=2,activation='relu',name='conv_2'),L.AveragePooling2D(2,name='apool'),L.Flatten(name='flat'),L.Dense(10,activation='softmax',name='out')],name='cnn'), rng.random((3,28,28,1),dtype=np.float32)
def lstm():
    return keras.Sequential([L.Input((12,3),name='in'),L.LSTM(8,return_sequences=True,name='lstm_1'),L.LSTM(6,name='lstm_2'),L.Dense(1,name='out')],name='lstm'), rng.standard_normal((4,12,3)).astype(np.float32)
def gru():
    return keras.Sequential([L.Input((12,3),name='in'),L.GRU(8,return_sequences=True,name='gru_1'),L.GRU(6,reset_after=False,name='gru_2'),L.Dense(1,name='out')],name='gru'), rng.standard_normal((4,12,3)).astype(np.float32)
def ae():
    return keras.Sequential([L.Input((64,),name='in'),L.Dense(16,activation='relu',name='enc_1'),L.Dense(4,activation='linear',name='code'),L.Dense(16,activation='relu',name='dec_1'),L.Dense(64,activation='sigmoid',name='out')],name='autoencoder'), rng.random((6,64),dtype=np.float32)
def text():
    return keras.Sequential([L.Input((10,),name='in',dtype='int32'),L.Embedding(65,16,name='embed'),L.LayerNormalization(name='ln'),L.Bidirectional(L.GRU(5,name='g'),name='bi'),L.Dense(65,name='logits')],name='text'), rng.integers(0,65,(4,10)).astype(np.int32)
def functional():
    a=L.Input((8,),name='a'); b=L.Input((5,),name='b'); x=L.Dense(6,activation='elu',name='da')(a); y=L.Dense(6,activation='selu',name='db')(b); z=L.Concatenate(name='cat')([x,y]); z=L.Add(name='add')([L.Dense(4,name='p')(z),L.Dense(4,use_bias=False,name='q')(z)]); o=L.Dense(1,activation='sigmoid',name='o')(z)
    return keras.Model([a,b],o,name='functional'), [rng.standard_normal((3,8)).astype(np.float32),rng.standard_normal((3,5)).astype(np.float32)]
def conv1d():
    return keras.Sequential([L.Input((20,4),name='in'),L.Conv1D(6,5,padding='causal',dilation_rate=2,activation='relu',name='c1'),L.GlobalAveragePooling1D(name='gap'),L.Dense(2,activation='softmax',name='out')],name='conv1d'), rng.standard_normal((3,20,4)).astype(np.float32)
def parts():
    # Every layer whose weights stand in groups within its own.
    i=L.Input((6,4),name='in'); x=L.Bidirectional(L.LSTM(3,return_sequences=True),name='bi')(i); x=L.TimeDistributed(L.Dense(4),name='td')(x); x=L.MultiHeadAttention(2,3,dropout=0.1,name='mha')(x,x); x=L.LayerNormalization(name='ln')(x); x=L.SeparableConv1D(3,2,name='sep')(x); x=L.PReLU(name='pr')(x); x=L.GroupNormalization(3,name='gn')(x); x=L.SimpleRNN(3,return_sequences=True,name='rnn')(x); x=L.Dropout(0.1,name='drop')(x); x=L.Conv1DTranspose(3,2,name='up')(x); x=L.BatchNormalization(name='bn')(x); x=L.Flatten(name='flat')(x); x=L.Concatenate(name='both')([L.Dense(2,name='second')(x),L.Dense(3,name='first')(x)]); o=L.Dense(2,name='out')(x)
    m=keras.Model(i,o,name='parts'); m.get_layer('bi').trainable=False
    return m, rng.standard_normal((3,6,4)).astype(np.float32)
for f in (mlp,cnn,lstm,gru,ae,text,functional,conv1d,parts):
    if f.__name__ not in (sys.argv[2:] or [f.__name__]): continue
    keras.utils.set_random_seed(11)
    m,x=f(); n=f.__name__
    # give every weight a distinct non-trivial value, so that order mistakes show
    m.set_weights([ (rng.random(w.shape)*0.5+0.5 if 'moving_variance' in v.name else rng.standard_normal(w.shape)*0.3).astype(w.dtype) for v,w in zip(m.weights,m.get_weights())])
    if n in ('mlp','cnn'):
        m.compile(optimizer=keras.optimizers.Adam(1e-3),loss='sparse_categorical_crossentropy',metrics=['accuracy'])
        m.train_on_batch(x,np.arange(len(x))%10)
    elif n=='ae':
        m.compile(optimizer=keras.optimizers.RMSprop(1e-3),loss='mse'); m.train_on_batch(x,x)
    y=m.predict(x,verbose=0)
    m.save(f'{out}/{n}.h5'); m.save(f'{out}/{n}.keras'); m.save_weights(f'{out}/{n}.weights.h5')
    with h5py.File(f'{out}/{n}.io.h5','w') as g:
        xs=x if isinstance(x,list) else [x]
        for i,a in enumerate(xs): g.create_dataset(f'inputs/{i}',data=a)
        g.create_dataset('outputs/0',data=y)
        wg=g.create_group('weights')   # get_weights() order
        for i,(v,w) in enumerate(zip(m.weights,m.get_weights())):
            d=wg.create_dataset(f'{i:03d}',data=w); d.attrs['name']=getattr(v,'path',v.name)
    json.dump(json.loads(m.to_json()),open(f'{out}/{n}.json','w'),indent=1)
    print(n,[ (getattr(v,'path',v.name),tuple(v.shape)) for v in m.weights])
