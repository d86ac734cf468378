namespace AdwUNet.Sampling;
internal sealed class RandomStream(ulong seed, ulong stream, long index) { private readonly Random r = new((int)(seed*31+stream*7) ^ (int)index); public double NextDouble() => r.NextDouble(); }
