import { Mouse } from './hands.mjs';
import { walkTheStory } from './walk.mjs';

walkTheStory('the story on a phone, in Chinese', { name: 'phone', language: 'zh', size: 'phone', hands: Mouse });
