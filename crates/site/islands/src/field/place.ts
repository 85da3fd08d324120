/** Where the device says it is, in degrees; nothing where it does not say. */
export function position(): Promise<{ latitude: string; longitude: string } | undefined> {
  return new Promise((done) => {
    if (!navigator.geolocation) return done(undefined);
    const found = ({ coords }: GeolocationPosition): void =>
      done({ latitude: coords.latitude.toFixed(6), longitude: coords.longitude.toFixed(6) });
    navigator.geolocation.getCurrentPosition(found, () => done(undefined), { timeout: 5_000, maximumAge: 60_000 });
  });
}
